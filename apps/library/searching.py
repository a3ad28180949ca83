"""Finding assets among a quarter of a million: keywords in Chinese and English, by class, by unit, on a list.
Pages go on by keyset, so that the last costs what the first does. Changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Substr

from apps.core.keyset import Slice, slice_by, slice_of
from apps.instruments.models import Instrument
from apps.library.lists import members, present
from apps.library.models import Asset
from apps.library.walking import walk
from apps.library.words import needles
from apps.people.models import OrgUnit

ORDER = ("asset_no",)
STEP = 2  # characters of a class that one look further adds


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; empty members do not count. `class_code` is how a class begins, `unit` the
    code of a unit (its labs are in it), `kind` the key of a list.
    """

    text: str = ""
    class_code: str = ""
    unit: str = ""
    kind: str = ""
    status: str = ""

    @property
    def is_anything(self) -> bool:
        """Whether any member counts."""
        return any((self.text, self.class_code, self.unit, self.kind, self.status))


@dataclass(frozen=True)
class ClassFound:
    """How many assets a class (or the beginning of several) has; `name` is one of theirs."""

    code: str
    name: str
    number: int


def find(wanted: Wanted, at: datetime) -> QuerySet[Asset]:
    """Assets of the school that fit everything, in no order."""
    found = members(wanted.kind, at) if wanted.kind else present()
    for word in needles(wanted.text):
        found = found.filter(haystack__contains=word)
    if wanted.text.strip() and not needles(wanted.text):
        return found.none()  # nothing but dashes
    if wanted.class_code:
        found = found.filter(class_code__startswith=wanted.class_code)
    if wanted.unit:
        found = found.filter(unit_code__in=codes_within(wanted.unit))
    return found.filter(status=wanted.status) if wanted.status else found


def page_of(wanted: Wanted, at: datetime, *, size: int, cursor: str = "") -> Slice[Asset]:
    """One page by asset number. One query; two where a rare word of two Chinese characters is looked for on
    PostgreSQL. Raises Invalid `core.cursor`.
    """
    words = needles(wanted.text)
    if words and wanted == Wanted(text=wanted.text):
        return slice_by(partial(walk, words), model=Asset, order=ORDER, size=size, cursor=cursor)
    return slice_of(find(wanted, at), order=ORDER, size=size, cursor=cursor)


def classes_below(beginning: str = "") -> list[ClassFound]:
    """The classes that begin so, one step further, with how many assets each has."""
    rows = (
        present()
        .filter(class_code__startswith=beginning)
        .exclude(class_code=beginning)
        .annotate(code=Substr("class_code", 1, len(beginning) + STEP))
        .values("code")
        .annotate(number=Count("pk"), called=Min("class_name"))
        .order_by("code")
    )
    return [ClassFound(row["code"], row["called"], row["number"]) for row in rows]


def instruments_of(assets: list[Asset]) -> dict[str, Instrument]:
    """Which of our instruments assets are, by asset number. One query."""
    numbers = [one.asset_no for one in assets]
    return {one.asset_no: one for one in Instrument.objects.filter(asset_no__in=numbers)}


def codes_within(code: str) -> list[str]:
    """The code of a unit and those of the units in it, three levels down; the code alone where nobody knows
    it. One query.
    """
    inside = OrgUnit.objects.filter(
        Q(code=code)
        | Q(parent__code=code)
        | Q(parent__parent__code=code)
        | Q(parent__parent__parent__code=code)
    )
    return [code, *inside.exclude(code=code).values_list("code", flat=True)]
