"""Terms are proposed by either side, in numbered versions that never change, and accepted by both: the same
version, or none.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.hosting.content import Terms, checked, read
from apps.hosting.models import Acceptance, Agreement, Side, TermsVersion
from apps.hosting.sides import SIDES, locked, moved, side_for, traced
from apps.people.models import User

State = Agreement.State
# While it runs, other terms may be negotiated: they count once the office has confirmed them (`renew`).
_OPEN = (State.NEGOTIATING, State.AGREED, State.RUNNING)


@transaction.atomic
def propose_terms(
    *, agreement: Agreement, terms: Terms, by: User, now: datetime, base: int, note: str = ""
) -> TermsVersion:
    """A side proposes another version, which it thereby accepts; what was agreed before is open again until
    it is signed. `base` is the number of the version that the proposal was written from, 0 for none.

    Raises what `content.checked` refuses; NotPermitted `hosting.not_your_side`; WrongState `hosting.moved`,
    `hosting.newer_terms` where the other side has proposed meanwhile, `hosting.same_terms`.
    """
    terms = checked(terms)
    side = side_for(agreement, by, now)
    row = locked(agreement, *_OPEN)
    last = row.versions.order_by("-number").first()
    _require_latest(last, base)
    if last is not None and last.digest == terms.digest:
        raise WrongState(_("Nothing is different from the last version."), code="hosting.same_terms")
    made = TermsVersion.objects.create(
        agreement=row,
        number=(last.number if last else 0) + 1,
        side=side,
        by=by,
        at=now,
        content=terms.as_json(),
        digest=terms.digest,
        note=note.strip(),
    )
    Acceptance.objects.create(version=made, side=side, by=by, at=now)
    traced("propose_terms", row, by, now, version=made.number, side=str(side))
    if row.state == State.AGREED:
        moved(row, State.NEGOTIATING, by, now, terms=None)
    publish("hosting.terms_proposed", now=now, agreement=row.ulid, version=made.number, side=str(side))
    return made


@transaction.atomic
def accept_terms(*, agreement: Agreement, number: int, by: User, now: datetime) -> TermsVersion:
    """A side accepts the version of this number, which must still be the last. When both have accepted it, it
    is agreed. Accepting again changes nothing.

    Raises NotPermitted `hosting.not_your_side`; WrongState `hosting.moved`, `hosting.newer_terms`.
    """
    side = side_for(agreement, by, now)
    row = locked(agreement, *_OPEN)
    last = row.versions.order_by("-number").first()
    _require_latest(last, number)
    if last is None:
        raise WrongState(_("No terms are proposed yet."), code="hosting.newer_terms", last=0)
    if not last.acceptances.filter(side=side).exists():
        Acceptance.objects.create(version=last, side=side, by=by, at=now)
        traced("accept_terms", row, by, now, version=last.number, side=str(side))
    if last.acceptances.count() == len(SIDES):
        if row.state == State.NEGOTIATING:
            moved(row, State.AGREED, by, now, terms=last)
        elif row.state == State.RUNNING and row.terms_id != last.pk:
            publish("hosting.renewal_agreed", now=now, agreement=row.ulid, version=last.number)
    return last


@transaction.atomic
def reopen_terms(*, agreement: Agreement, by: User | None, now: datetime, reason: str) -> Agreement:
    """What was agreed is to be negotiated anew: the rule refused it, or the office did. Signatures under that
    version stay on record and count for no other. Raises WrongState `hosting.moved`.
    """
    row = locked(agreement, State.AGREED, State.SIGNED)
    return moved(row, State.NEGOTIATING, by, now, reason=reason, terms=None)


def terms_of(version: TermsVersion) -> Terms:
    """What a version says."""
    return read(version.content)


def accepted_by(version: TermsVersion) -> set[str]:
    """The sides that have accepted a version. One query."""
    return set(version.acceptances.values_list("side", flat=True))


def _require_latest(last: TermsVersion | None, number: int) -> None:
    known = last.number if last else 0
    if known != number:
        raise WrongState(
            _("There is a newer version of the terms by now: number %(number)d. Look at it first.")
            % {"number": known},
            code="hosting.newer_terms",
            last=known,
        )


def other(side: str) -> Side:
    """The side across the table."""
    return Side.HOST if side == Side.OWNER else Side.OWNER
