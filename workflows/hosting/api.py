"""What begins while an agreement runs, for programs: notice of exit, a breach, and what the office finds of
it. The same cases as on the pages.
"""

from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Status
from pydantic import Field

from apps.core import clock
from apps.core.api import Asked, Ulid
from apps.core.errors import NotFound
from apps.hosting.api import router
from apps.hosting.queries import find_agreement
from apps.hosting.running_api import BreachTold
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once
from workflows.api.acting import DECIDE
from workflows.api.told import CaseTold, case_told
from workflows.api.wishes import Reason, ReasonWish
from workflows.hosting.ending import complain, leave, settle_breach


class BreachWish(Asked):
    """Which side does not keep what."""

    side: Literal["owner", "host"]
    what: str = Reason


class SettleWish(Asked):
    """What the office finds: 'cured' or 'suspended' of a warned side, then 'resumed' or 'ended'. A note is
    wanted with 'suspended' and 'ended'.
    """

    state: Literal["cured", "suspended", "resumed", "ended"]
    note: str = Field("", max_length=2000)


@router.post(
    "/{ulid}/notice",
    response={201: CaseTold},
    **scoped("hosting:write", _("Give notice of exit of an agreement")),
)
def give_notice_of_exit(
    request: HttpRequest, ulid: Ulid, wish: ReasonWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """A side gives the agreement up: the case of its end, in which the instrument goes back once the notice
    is over. 403 `hosting.not_your_side`; 404 `hosting.no_agreement`; 409 `hosting.` moved, over; 422
    `core.reason_required`.
    """

    def act() -> CaseTold:
        user, now = viewer(request), clock.now()
        found = find_agreement(ulid, user, now)
        return case_told(leave(agreement=found, reason=wish.reason, by=user, now=now))

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/{ulid}/breaches",
    response={201: CaseTold},
    **scoped("hosting:write", _("Report a breach of an agreement")),
)
def report_hosting_breach(
    request: HttpRequest, ulid: Ulid, wish: BreachWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The other side, or the office, says what is not kept: the case in which it is mended, or the clauses
    rest. 403 `hosting.` not_your_side, own_breach; 404 `hosting.no_agreement`; 409 `hosting.` moved,
    breach_open; 422 `core.reason_required`.
    """

    def act() -> CaseTold:
        user, now = viewer(request), clock.now()
        found = find_agreement(ulid, user, now)
        return case_told(complain(agreement=found, side=wish.side, what=wish.what, by=user, now=now))

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/{ulid}/breaches/{breach}/settle",
    response=BreachTold,
    **scoped(DECIDE, _("Say what became of a breach")),
)
def settle_hosting_breach(
    request: HttpRequest, ulid: Ulid, breach: Ulid, wish: SettleWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The office finds it mended, lets the clauses rest, resumes them, or ends the agreement; it answers the
    task of the case. 403 `hosting.not_your_side`, `workflows.` own_case, not_yours; 404 `hosting.`
    no_agreement, no_breach; 409 `hosting.breach_settled`, `workflows.taken`; 422
    `workflows.opinion_required`.
    """

    def act() -> BreachTold:
        user, now = viewer(request), clock.now()
        found = find_agreement(ulid, user, now).breaches.filter(ulid=breach).first()
        if found is None:
            raise NotFound(_("There is no such breach."), code="hosting.no_breach")
        done = settle_breach(breach=found, state=wish.state, by=user, now=now, note=wish.note)
        return BreachTold.model_validate(done)

    return once(request, idempotency_key, act)
