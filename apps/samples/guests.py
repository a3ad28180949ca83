"""What a customer does with the link to their request: the acts of a requester, under the request's lock, and
on record as the customer's.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import NotFound, NotPermitted, WrongState
from apps.samples.attaching import files_for
from apps.samples.drafting import SampleDraft, change_draft, set_samples, submit_request
from apps.samples.locking import lock_request
from apps.samples.models import GuestLink, SampleFile, SampleRequest
from apps.samples.objecting import close_request, object_to, rate_request
from apps.samples.quoting import confirm_quote, decline_quote


def write_draft(
    *, link: GuestLink, rows: Sequence[SampleDraft], wishes: str, disposition: str, now: datetime
) -> None:
    """The samples and wishes of the draft. Raises NotFound `samples.no_link` and whatever
    `samples.drafting` refuses.
    """

    def write(request: SampleRequest) -> None:
        change_draft(
            request=request,
            by=None,
            now=now,
            instrument=request.instrument,
            wishes=wishes,
            rush=request.rush,
            disposition=disposition,
        )
        set_samples(request=request, rows=rows, by=None, now=now)

    _as_customer(link, "write", now, write)


def hand_in(*, link: GuestLink, now: datetime) -> None:
    """The draft is a request from now on; its case begins by itself. Raises NotFound `samples.no_link` and
    what `submit_request` refuses.
    """
    _as_customer(link, "hand_in", now, lambda request: submit_request(request=request, by=None, now=now))


def agree(*, link: GuestLink, quote: str, now: datetime) -> None:
    """The customer agrees to this very offer (its ULID), which the fund of the sponsor pays.

    Raises NotFound `samples.no_link`; NotPermitted `samples.above_limit`; WrongState `samples.not_quoted`,
    `samples.other_quote` and what `confirm_quote` refuses.
    """

    def confirm(request: SampleRequest) -> None:
        offer = request.quote
        if offer is None or request.state != SampleRequest.State.QUOTED:
            raise WrongState(_("There is no offer to agree to."), code="samples.not_quoted")
        if offer.ulid != quote:
            raise WrongState(_("Another offer has taken the place of this one."), code="samples.other_quote")
        if offer.high_fen > link.limit_fen:
            raise NotPermitted(
                _("Your contact at the school has to agree to an offer as high as this."),
                code="samples.above_limit",
            )
        confirm_quote(request=request, offer=offer, fund=request.fund, by=None, now=now)

    _as_customer(link, "agree", now, confirm)


def decline(*, link: GuestLink, reason: str, now: datetime) -> None:
    """The customer does not agree: the request is over, and the link with it."""
    _as_customer(
        link,
        "decline",
        now,
        lambda request: decline_quote(request=request, by=None, now=now, reason=reason[:500]),
    )


def object_to_results(*, link: GuestLink, sample: str, reason: str, now: datetime) -> None:
    """The customer does not believe the result of a sample (its ULID) of this request. Raises NotFound
    `samples.no_link`, `samples.no_sample` and what `object_to` refuses.
    """

    def say(request: SampleRequest) -> None:
        found = request.samples.filter(ulid=sample).first()
        if found is None:
            raise NotFound(_("There is no such sample."), code="samples.no_sample")
        object_to(sample=found, reason=reason, by=None, now=now)

    _as_customer(link, "object", now, say)


def close(*, link: GuestLink, stars: int | None, words: str, now: datetime) -> None:
    """The customer agrees to the results, with a rating if they like: the request is over, and the link with
    it.
    """

    def end(request: SampleRequest) -> None:
        if stars is not None:
            rate_request(request=request, stars=stars, by=None, now=now, words=words)
        close_request(request=request, by=None, now=now)

    _as_customer(link, "close", now, end)


def file_of(*, link: GuestLink, ulid: str, now: datetime) -> SampleFile:
    """A file of this request that its requester may read. Raises NotFound `samples.no_file` for any other."""
    rows = SampleFile.objects.select_related("file", "sample")
    found = rows.filter(ulid=ulid, sample__request=link.request).first()
    if found is not None:
        found.sample.request = link.request
        if found in files_for(link.sponsor, found.sample, now):
            return found
    raise NotFound(_("There is no such file."), code="samples.no_file")


@transaction.atomic
def _as_customer(link: GuestLink, verb: str, now: datetime, act: Callable[[SampleRequest], object]) -> None:
    """The link is asked once more under the request's lock, where revoking it waits too."""
    request = lock_request(link.request)
    counts = GuestLink.objects.filter(pk=link.pk, revoked_at__isnull=True, expires_at__gt=now).exists()
    if not counts or request.state in SampleRequest.ENDED:
        raise NotFound(_("There is no such link."), code="samples.no_link")
    act(request)
    audit.record(
        action=f"samples.customer_{verb}",
        object_ref=f"sample_request:{request.ulid}",
        now=now,
        actor=None,
        link=link.ulid,
    )
