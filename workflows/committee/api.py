"""Committees and expertise, for programs."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Path, Router
from pydantic import Field

from apps.core import clock
from apps.core.api import Asked, Told
from apps.panels.models import CommitteeSeat
from apps.panels.operations import declare_expertise
from apps.people.views import viewer
from apps.tokens.auth import scoped
from workflows.committee.reading import classes, committees

router = Router(tags=["committees"])
Class6 = Annotated[str, Path(pattern=r"^\d{6}$", description="The six digits of a class of instruments")]


class SeatTold(Told):
    """A seat in force, or one that begins later. `role` is one of chair, deputy, member, secretary."""

    ulid: str
    login: str
    name_zh: str
    name_en: str
    role: str
    valid_from: datetime
    valid_until: datetime | None


class CommitteeTold(Told):
    """A committee. `paper` is the number of the document by which its last composition was appointed."""

    ulid: str
    code: str
    name_zh: str
    name_en: str
    paper: str
    seats: list[SeatTold]
    coming: list[SeatTold]


class ClassTold(Told):
    """A class of instruments; `level` 0 to 3 as the person declared it, null when they declared nothing."""

    class6: str
    name: str
    instruments: int
    level: int | None


class LevelAsked(Asked):
    """How well the person knows the class: 0 not at all to 3 expert."""

    level: int = Field(ge=0, le=3)


@router.get(
    "", response=list[CommitteeTold], **scoped("cases:read", _("The committees and who sits on them"))
)
def committees_now(request: HttpRequest) -> list[CommitteeTold]:
    """Every committee in force, its chair first."""
    return [
        CommitteeTold(
            ulid=one.committee.ulid,
            code=one.committee.code,
            name_zh=one.committee.name_zh,
            name_en=one.committee.name_en,
            paper=one.paper.number if one.paper else "",
            seats=[_seat(seat) for seat in one.seats],
            coming=[_seat(seat) for seat in one.coming],
        )
        for one in committees(viewer(request), clock.now())
    ]


@router.get(
    "/expertise", response=list[ClassTold], **scoped("cases:read", _("What you say you know, by class"))
)
def my_expertise(request: HttpRequest) -> list[ClassTold]:
    """The classes of the school's instruments, each with your level."""
    return [
        ClassTold(class6=one.class6, name=one.name, instruments=one.instruments, level=one.level)
        for one in classes(viewer(request), clock.now())
    ]


@router.put(
    "/expertise/{class6}",
    response=LevelAsked,
    **scoped("cases:write", _("Say how well you know a class of instruments")),
)
def say_expertise(request: HttpRequest, class6: Class6, wish: LevelAsked) -> LevelAsked:
    """Replaces what you said before. 422 `panels.class`, `panels.familiarity`."""
    user = viewer(request)
    declare_expertise(user=user, class6=class6, level=wish.level, by=user, now=clock.now())
    return wish


def _seat(seat: CommitteeSeat) -> SeatTold:
    return SeatTold(
        ulid=seat.ulid,
        login=seat.user.username,
        name_zh=seat.user.name_zh,
        name_en=seat.user.name_en,
        role=seat.role,
        valid_from=seat.valid_from,
        valid_until=seat.valid_until,
    )
