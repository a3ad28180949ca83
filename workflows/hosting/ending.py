"""Cases that begin while an agreement runs: the exit, a breach, the yearly review, a renewal."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.core.clock import school_time
from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.hosting.breaches import report_breach
from apps.hosting.models import Agreement, Breach, Side
from apps.hosting.running import ends_at, give_notice
from apps.hosting.sides import require_side, side_for
from apps.notices.kinds import in_both
from apps.people.models import User
from workflows import registry, services
from workflows.hosting.asked import case_of
from workflows.hosting.dossier import sections
from workflows.models import Case
from workflows.services.answering import waiting_at

log = logging.getLogger(__name__)
State = Agreement.State
_YEAR = timedelta(days=365)
# At which node of the breach's case the office says so, with which outcome, of a breach in which state.
_SETTLED = {
    Breach.State.CURED: ("mended", "approve", Breach.State.WARNED),
    Breach.State.SUSPENDED: ("mended", "reject", Breach.State.WARNED),
    Breach.State.RESUMED: ("suspended", "approve", Breach.State.SUSPENDED),
    Breach.State.ENDED: ("suspended", "reject", Breach.State.SUSPENDED),
}


@transaction.atomic
def leave(*, agreement: Agreement, reason: str, by: User, now: datetime) -> Case:
    """A side gives the agreement up: its notice and its case. Raises what `running.give_notice` refuses."""
    give_notice(agreement=agreement, by=by, now=now, reason=reason)
    return begin_exit(agreement, by=by, now=now)


def begin_exit(agreement: Agreement, *, by: User | None, now: datetime) -> Case:
    """The case of the end of an agreement: the open one, or a new one."""
    return case_of(agreement, "hosting_exit") or _start("hosting_exit", agreement, by=by, now=now)


@transaction.atomic
def complain(*, agreement: Agreement, side: str, what: str, by: User, now: datetime) -> Case:
    """Somebody says that a side does not keep it. Raises what `breaches.report_breach` refuses."""
    breach = report_breach(agreement=agreement, side=side, what=what, by=by, now=now)
    return _start(
        "hosting_breach",
        agreement,
        by=by,
        now=now,
        data={"breach": breach.ulid},
        side=in_both(Side(side).label),
        more=[
            {
                "title": gettext_noop("Breach"),
                "rows": [{"label": gettext_noop("What is not kept"), "value": what}],
            }
        ],
    )


def settle_breach(*, breach: Breach, state: str, by: User, now: datetime, note: str = "") -> Breach:
    """The office says what became of a breach, as the answer of the task that waits for it: cured or
    suspended of a warned side, resumed or ended of a suspended agreement.

    Raises NotPermitted `hosting.not_your_side`, and what answering raises; WrongState
    `hosting.breach_settled` where no task waits for such an answer.
    """
    require_side(breach.agreement, Side.OFFICE, by, now)
    node, outcome, since = _SETTLED[Breach.State(state)]
    case = case_of(breach.agreement, "hosting_breach")
    step = waiting_at(case, node) if case is not None and breach.state == since else None
    if step is None:
        raise WrongState(_("This breach has been settled otherwise."), code="hosting.breach_settled")
    services.answer(step=step, by=by, now=now, outcome=outcome, opinion=note)
    breach.refresh_from_db()
    return breach


@transaction.atomic
def begin_renewal(*, agreement: Agreement, by: User, now: datetime) -> Case:
    """A side wants other terms, or a longer time. Raises NotPermitted `hosting.not_your_side`; WrongState
    `workflows.case_open`.
    """
    side_for(agreement, by, now)
    return _start("hosting_renewal", agreement, by=by, now=now)


def begin_renewal_in_time(agreement: Agreement, *, now: datetime) -> Case | None:
    """The renewal of an agreement whose last day is near, and both sides hear of it; None while it is far,
    once it has come, after notice was given, and where it was begun already in these days.
    """
    last = ends_at(agreement)
    opens = last - timedelta(days=int(value("hosting.renew_days", at=now)))
    if agreement.state != State.RUNNING or not opens <= now < last:
        return None
    rows = Case.objects.filter(flow="hosting_renewal", subject_ref=agreement.source)
    if rows.filter(Q(state=Case.State.OPEN) | Q(created_at__gte=opens)).exists():
        return None
    publish("hosting.ends_soon", now=now, agreement=agreement.ulid, until=last.isoformat())
    return _start("hosting_renewal", agreement, by=None, now=now)


def begin_review(agreement: Agreement, *, now: datetime) -> Case | None:
    """The review of the year of the agreement that is over; None where it was begun, or none is over."""
    started = agreement.started_at
    if started is None or agreement.state not in Agreement.IN_FORCE:
        return None
    years = (now - started) // _YEAR
    if years < 1:
        return None
    year = school_time(started).year + years
    known = Case.objects.filter(
        flow="hosting_review", subject_ref=agreement.source, title_args__year=str(year)
    )
    if known.exists() or case_of(agreement, "hosting_review") is not None:
        return None
    return _start("hosting_review", agreement, by=None, now=now, data={"year": year}, year=str(year))


def look_after(now: datetime) -> int:
    """What begins by the clock: reviews of a year that is over, renewals in time, the end of agreements whose
    last day has come. Returns for how many agreements; run twice, the second finds nothing.
    """
    begun = 0
    rows = Agreement.objects.filter(state__in=Agreement.IN_FORCE)
    for agreement in rows.select_related("group__pi", "facility__lab", "terms", "instrument"):
        try:
            begun += _begin_due(agreement, now)
        except Exception:  # tried again with the next run; the others begin
            log.exception("what is due of hosting %s", agreement.ulid)
    return begun


@transaction.atomic
def _begin_due(agreement: Agreement, now: datetime) -> bool:
    if ends_at(agreement) <= now and case_of(agreement, "hosting_exit") is None:
        begin_exit(agreement, by=None, now=now)
        return True
    renewal = begin_renewal_in_time(agreement, now=now)
    return begin_review(agreement, now=now) is not None or renewal is not None


def _start(
    key: str,
    agreement: Agreement,
    *,
    by: User | None,
    now: datetime,
    data: dict[str, Any] | None = None,
    more: list[dict[str, Any]] | None = None,
    **title: Any,
) -> Case:
    return services.start(
        registry.flow(key),
        by=by,
        now=now,
        applicant=agreement.group.pi,
        subject_ref=agreement.source,
        unit=agreement.facility.lab,
        title_args={
            "instrument": {"zh": agreement.name_zh, "en": agreement.name_en or agreement.name_zh},
            "facility": {"zh": agreement.facility.name_zh, "en": agreement.facility.name_en},
            **title,
        },
        data=data,
        dossier=[*(more or []), *sections(agreement)],
    )
