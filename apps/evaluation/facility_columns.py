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
    """One column. `entered`: only the facility knows it; the others are measured. `group`: under which words
    it stands on a page; columns of one group are neighbours.
    """

    key: str
    unit: FigureUnit
    title: Text
    group: Text
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
_WHAT = _("Staff and instruments")
_USE = _("Use and samples")
_MONEY = _("Income")
_WHO = _("Users and training")
_MORE = _("Projects, papers, activities")
_ALL = (
    Column("staff", _PEOPLE, _("Staff"), _WHAT),
    Column("assets", FigureUnit.ASSETS, _("Instruments"), _WHAT),
    Column("assets_value", _FEN, _("Value of the instruments"), _WHAT),
    Column("effective_hours", _HOURS, _("Effective hours"), _USE),
    Column("open_hours", _HOURS, _("Open hours"), _USE),
    Column("external_hours", _HOURS, _("External hours"), _USE),
    Column("teaching_hours", _HOURS, _("Teaching hours"), _USE),
    Column("core_hours", FigureUnit.CORE_HOURS_MS, _("Core-hours"), _USE, entered=True),
    Column("days", FigureUnit.DAYS, _("Days of field work"), _USE, entered=True),
    Column("samples", FigureUnit.SAMPLES, _("Samples"), _USE),
    Column("external_samples", FigureUnit.SAMPLES, _("External samples"), _USE),
    Column("income", _FEN, _("Income"), _MONEY),
    Column("income_internal", _FEN, _("Income from inside"), _MONEY),
    Column("income_external", _FEN, _("Income from outside"), _MONEY),
    Column("users", _PEOPLE, _("Users"), _WHO),
    Column("external_users", _PEOPLE, _("External users"), _WHO),
    Column("trained_alone", _PEOPLE, _("Trained to work alone"), _WHO),
    Column("trained_guided", _PEOPLE, _("Trained under guidance"), _WHO),
    Column("demonstrations", _PEOPLE, _("Demonstrations"), _WHO),
    Column("projects", _PROJECTS, _("Research projects served"), _MORE, entered=True),
    Column("internal_projects", _PROJECTS, _("Internal projects"), _MORE, entered=True),
    Column("papers", _PAPERS, _("Core papers"), _MORE),
    Column("documents", _DOCUMENTS, _("Rules and documents issued"), _MORE, entered=True),
    Column("briefings", _DOCUMENTS, _("Briefings"), _MORE, entered=True),
    Column("competitions", _TIMES, _("Competitions"), _MORE, entered=True),
    Column("seminars", _TIMES, _("Seminars"), _MORE, entered=True),
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
