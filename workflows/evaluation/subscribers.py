"""Facts of evaluations become notices to whoever runs what was judged, and to whoever appealed."""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.outbox import WORKER, Payload, subscribe
from apps.core.periods import in_force
from apps.evaluation.models import Appeal, Round, Sheet
from apps.evaluation.wording import score_words
from apps.instruments.models import CrewMember
from apps.notices.operations import notify
from apps.people.models import User
from apps.people.roles import lab_heads
from workflows.evaluation.noticekinds import APPEAL_DECIDED, NOTICED, PUBLISHED
from workflows.words import in_each

State = Round.State


@subscribe("evaluation.tell_crews", to="evaluation.round_changed", channel=WORKER)
def tell_crews(payload: Payload, now: datetime) -> None:
    """The scores of a round are noticed, or published: those who run the instruments hear theirs."""
    if payload["state"] not in (State.NOTICE, State.PUBLISHED):
        return
    round_ = Round.objects.select_related("version__scheme").get(ulid=payload["round"])
    published = payload["state"] == State.PUBLISHED
    grades = {one.key: {"zh": one.title.zh, "en": one.title.en} for one in round_.version.tree.grades}
    kind = PUBLISHED if published else NOTICED
    for sheet, user in _told(round_, now):
        args: dict[str, Any] = {
            "name": {"zh": sheet.name_zh, "en": sheet.name_en},
            "score": score_words(Fraction(sheet.total or 0, 100)),
            "year": str(round_.year),
        }
        if published:
            args |= {"grade": grades.get(sheet.grade, {"zh": "", "en": ""}), "number": round_.number}
        else:
            args["until"] = (round_.notice_until or now).isoformat()
        notify(
            user=user,
            kind=kind.key,
            now=now,
            args=args,
            url=_address(sheet),
            dedupe=f"{kind.key}:{sheet.ulid}",
        )


@subscribe("evaluation.tell_appellant", to="evaluation.appeal_decided", channel=WORKER)
def tell_appellant(payload: Payload, now: datetime) -> None:
    """Whoever appealed hears what became of it, and why."""
    rows = Appeal.objects.select_related("by", "sheet__instrument", "sheet__lab")
    appeal = rows.get(ulid=payload["appeal"])
    upheld = bool(appeal.upheld)
    notify(
        user=appeal.by,
        kind=APPEAL_DECIDED.key,
        now=now,
        args={
            "name": {"zh": appeal.sheet.name_zh, "en": appeal.sheet.name_en},
            "outcome": in_each(lambda: _("upheld") if upheld else _("not upheld")),
            "answer": appeal.answer,
        },
        url=_address(appeal.sheet),
        dedupe=f"appeal:{appeal.ulid}",
    )


def _told(round_: Round, now: datetime) -> Iterator[tuple[Sheet, User]]:
    """Each sheet with everybody who answers for it. Two queries for the instruments of a round."""
    sheets = list(round_.sheets.select_related("instrument", "lab", "unit").order_by("id"))
    crews: dict[int, list[User]] = {}
    rows = CrewMember.objects.filter(
        in_force(now), role=CrewMember.Role.MANAGER, instrument__sheets__round=round_
    )
    for row in rows.select_related("user").order_by("id"):
        crews.setdefault(row.instrument_id, []).append(row.user)
    for sheet in sheets:
        people = crews.get(sheet.instrument_id or 0, []) if sheet.lab is None else lab_heads(sheet.lab, now)
        yield from ((sheet, user) for user in people)


def _address(sheet: Sheet) -> str:
    return reverse("evaluation_sheet", args=[sheet.ulid])
