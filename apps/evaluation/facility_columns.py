"""The columns of the yearly table of facilities: what each is, its unit, and who knows it: the records or the
facility itself. Ratios are no columns: they follow from two of them, every time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.figures import HOUR_MS, FigureUnit


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `entered`: only the facility knows it; the others are measured."""

    key: str
    unit: FigureUnit
    title: Text
    entered: bool = False


@dataclass(frozen=True, slots=True)
class Quotient:
    """A ratio of two columns: thousandths where `step` is 0 (both of one unit), else how much comes on each
    `step` of the second.
    """

    key: str
    part: str
    whole: str
    title: Text
    step: int = 0


_HOURS, _FEN, _PEOPLE, _TIMES = FigureUnit.HOURS_MS, FigureUnit.FEN, FigureUnit.PEOPLE, FigureUnit.TIMES
_PROJECTS, _PAPERS, _DOCUMENTS = FigureUnit.PROJECTS, FigureUnit.PAPERS, FigureUnit.DOCUMENTS
_ALL = (
    Column("staff", _PEOPLE, _("Staff")),
    Column("assets", FigureUnit.ASSETS, _("Instruments")),
    Column("assets_value", _FEN, _("Value of the instruments")),
    Column("effective_hours", _HOURS, _("Effective hours")),
    Column("open_hours", _HOURS, _("Open hours")),
    Column("external_hours", _HOURS, _("External hours")),
    Column("teaching_hours", _HOURS, _("Teaching hours")),
    Column("core_hours", FigureUnit.CORE_HOURS_MS, _("Core-hours"), entered=True),
    Column("days", FigureUnit.DAYS, _("Days of field work"), entered=True),
    Column("samples", FigureUnit.SAMPLES, _("Samples")),
    Column("external_samples", FigureUnit.SAMPLES, _("External samples")),
    Column("income", _FEN, _("Income")),
    Column("income_internal", _FEN, _("Income from inside")),
    Column("income_external", _FEN, _("Income from outside")),
    Column("users", _PEOPLE, _("Users")),
    Column("external_users", _PEOPLE, _("External users")),
    Column("trained_alone", _PEOPLE, _("Trained to work alone")),
    Column("trained_guided", _PEOPLE, _("Trained under guidance")),
    Column("demonstrations", _PEOPLE, _("Demonstrations")),
    Column("projects", _PROJECTS, _("Research projects served"), entered=True),
    Column("internal_projects", _PROJECTS, _("Internal projects"), entered=True),
    Column("papers", _PAPERS, _("Core papers")),
    Column("documents", _DOCUMENTS, _("Rules and documents issued"), entered=True),
    Column("briefings", _DOCUMENTS, _("Briefings"), entered=True),
    Column("competitions", _TIMES, _("Competitions"), entered=True),
    Column("seminars", _TIMES, _("Seminars"), entered=True),
)
COLUMNS: Mapping[str, Column] = {one.key: one for one in _ALL}
QUOTIENTS = (
    Quotient("use_rate", "effective_hours", "open_hours", _("Use rate")),
    Quotient("external_rate", "external_hours", "effective_hours", _("External rate")),
    Quotient("external_income_rate", "income_external", "income", _("Part of the income from outside")),
    Quotient("income_per_staff", "income", "staff", _("Income per head of staff"), step=1),
    Quotient("hours_per_asset", "effective_hours", "assets", _("Effective hours per instrument"), step=1),
    Quotient("income_per_hour", "income", "effective_hours", _("Income per effective hour"), step=HOUR_MS),
)
# People and papers are counted once in each facility: who used two is one user of the school, and what two
# facilities claim is one paper of it.
NOT_ADDED = frozenset({"users", "external_users", "papers"})
