"""Both sides sign the agreed version, each for itself; then the office countersigns."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotPermitted, WrongState
from apps.core.outbox import publish
from apps.hosting.models import Agreement, Side, Signature
from apps.hosting.sides import SIDES, locked, moved, require_side, traced
from apps.people.models import User

State = Agreement.State


@transaction.atomic
def sign(
    *, agreement: Agreement, side: str, digest: str, by: User, now: datetime, opinion: str = ""
) -> Signature:
    """Somebody signs the agreed version for their side; `digest` is that of the terms that they have read.
    When both have, the agreement is signed. Signing again changes nothing. Nobody signs for two sides.

    Raises NotPermitted `hosting.not_your_side`, `hosting.other_side`; WrongState `hosting.moved`,
    `hosting.newer_terms`.
    """
    if side not in SIDES:
        raise NotPermitted(_("You do not act for this side."), code="hosting.not_your_side")
    require_side(agreement, side, by, now)
    row = locked(agreement, State.AGREED, State.SIGNED)
    made = _signed(row, side, digest, by, now, opinion)
    if row.state == State.AGREED and _sides(row) >= set(SIDES):
        moved(row, State.SIGNED, by, now)
    return made


@transaction.atomic
def countersign(
    *, agreement: Agreement, digest: str, by: User, now: datetime, opinion: str = ""
) -> Signature:
    """The office countersigns what both sides have signed. Raises as `sign`."""
    require_side(agreement, Side.OFFICE, by, now)
    row = locked(agreement, State.SIGNED)
    made = _signed(row, Side.OFFICE, digest, by, now, opinion)
    moved(row, State.COUNTERSIGNED, by, now)
    return made


def signatures(agreement: Agreement) -> list[Signature]:
    """Who has signed the agreed version, in order. One query."""
    rows = Signature.objects.filter(agreement=agreement, terms=agreement.terms_id)
    return list(rows.select_related("by__unit").order_by("pk"))


def _signed(row: Agreement, side: str, digest: str, by: User, now: datetime, opinion: str) -> Signature:
    terms = row.terms
    if terms is None or terms.digest != digest:
        raise WrongState(
            _("The terms are not those that you have read. Look at them again."), code="hosting.newer_terms"
        )
    known = row.signatures.filter(terms=terms, side=side).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            made = Signature.objects.create(
                agreement=row, terms=terms, side=side, by=by, at=now, opinion=opinion.strip()
            )
    except IntegrityError as exc:
        raise NotPermitted(_("Nobody signs for two sides."), code="hosting.other_side") from exc
    traced("sign", row, by, now, side=str(side), version=terms.number)
    publish("hosting.signed", now=now, agreement=row.ulid, side=str(side))
    return made


def _sides(row: Agreement) -> set[str]:
    return set(row.signatures.filter(terms=row.terms_id).values_list("side", flat=True))
