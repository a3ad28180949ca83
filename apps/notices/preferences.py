"""How a person wants to be told: the operations behind the page of preferences. Everybody decides for
themselves only.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from apps.core import audit
from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.sealing import Unreadable
from apps.notices.addresses import SEAL, read_address
from apps.notices.kinds import Group
from apps.notices.messenger import Undelivered, check_reachable, send_message
from apps.notices.models import EmailSuppression, MessengerAddress, Preference, Profile
from apps.notices.queries import language_of, mail_key, messenger_of, site
from apps.notices.reaching import Unreachable
from apps.people.models import User

Choices = Mapping[tuple[str, str], str]  # (group, way) -> mode; '' is 'as recommended'
TESTS_APART = timedelta(seconds=10)


@transaction.atomic
def choose(
    *,
    user: User,
    modes: Choices,
    language: str,
    quiet_from: time | None,
    quiet_until: time | None,
    now: datetime,
) -> Profile:
    """Keep a person's preferences. `language` is '' for that of the pages. Raises Invalid `notices.language`,
    `notices.quiet_hours`, `notices.mode`.
    """
    if language and language not in {code for code, _name in settings.LANGUAGES}:
        raise Invalid(gettext_lazy("This language is not served."), code="notices.language", field="language")
    if (quiet_from is None) != (quiet_until is None) or (
        quiet_from is not None and quiet_from == quiet_until
    ):
        raise Invalid(
            gettext_lazy("Quiet hours need two different times, or none."),
            code="notices.quiet_hours",
            field="quiet_until",
        )
    for (group, way), mode in modes.items():
        _check_mode(group, way, mode)
    profile, _made = Profile.objects.update_or_create(
        user=user, defaults={"language": language, "quiet_from": quiet_from, "quiet_until": quiet_until}
    )
    for (group, way), mode in modes.items():
        if mode:
            Preference.objects.update_or_create(user=user, group=group, way=way, defaults={"mode": mode})
        else:
            Preference.objects.filter(user=user, group=group, way=way).delete()
    return profile


def remember_page_language(*, user: User, language: str, now: datetime) -> None:
    """The person has switched the pages to a language: mails follow, unless they chose one for mails."""
    if language in {code for code, _name in settings.LANGUAGES}:
        Profile.objects.update_or_create(user=user, defaults={"page_language": language})


def set_messenger(*, user: User, address: str, now: datetime) -> MessengerAddress:
    """Keep the address of the person's messenger in the place of any former one. The address is sealed; only
    its masked form is shown and noted. Asks the name server, so call it outside a transaction.

    Raises Invalid `notices.address`, `notices.scheme`, `notices.address_option`, `notices.unknown_host`,
    `notices.local_address`.
    """
    read = read_address(address)
    try:
        check_reachable(read)
    except Unreachable as refused:
        raise _unreachable(refused) from None
    with transaction.atomic():
        row, _made = MessengerAddress.objects.update_or_create(
            user=user,
            defaults={
                "sealed": SEAL.seal(read.written),
                "scheme": read.scheme,
                "masked": read.masked,
                "set_at": now,
                "tested_at": None,
                "sent_at": None,
                "failed_at": None,
                "last_error": "",
            },
        )
        audit.record(
            action="notices.set_messenger",
            object_ref=f"user:{user.ulid}",
            now=now,
            actor=user,
            address=read.masked,
        )
    return row


@transaction.atomic
def remove_messenger(*, user: User, now: datetime) -> None:
    """Forget the person's messenger. Raises NotFound `notices.no_messenger`."""
    row = _messenger(user)
    audit.record(
        action="notices.remove_messenger",
        object_ref=f"user:{user.ulid}",
        now=now,
        actor=user,
        address=row.masked,
    )
    row.delete()


def try_messenger(*, user: User, now: datetime) -> MessengerAddress:
    """Send a message to the person's messenger now and note how it went. Talks to the network: call it
    outside a transaction.

    Raises NotFound `notices.no_messenger`; WrongState `notices.test_too_often` (ten seconds between two),
    `notices.unreadable` and `notices.undelivered`.
    """
    row = _messenger(user)
    before = now - TESTS_APART
    claimed = MessengerAddress.objects.filter(
        Q(tested_at__isnull=True) | Q(tested_at__lte=before), pk=row.pk
    ).update(tested_at=now)
    if not claimed:
        raise WrongState(
            gettext_lazy("Please wait ten seconds between two test messages."), code="notices.test_too_often"
        )
    try:
        address = read_address(SEAL.unseal(row.sealed))
    except Unreadable:
        raise WrongState(
            gettext_lazy("The address can no longer be read. Please enter it again."),
            code="notices.unreadable",
        ) from None
    with override(language_of(Profile.objects.filter(user=user).first())):
        title = _("A test from Clearbench")
        body = _("Your notices will arrive here, as you have chosen.")
    try:
        send_message(address, title=title, body=body, link=f"{site()}/")
    except Undelivered as failure:
        _note(row, now, error=str(failure))
        raise WrongState(
            gettext_lazy("The messenger did not take the message."),
            code="notices.undelivered",
            problem=failure.problem,
            answer=failure.detail,
        ) from None
    _note(row, now, error="")
    row.refresh_from_db()
    return row


@transaction.atomic
def lift_suppression(*, user: User, now: datetime) -> None:
    """The mailbox takes mail again, says its owner. Raises NotFound `notices.not_suppressed`."""
    removed, _rows = EmailSuppression.objects.filter(address=mail_key(user.email or "-")).delete()
    if not removed:
        raise NotFound(gettext_lazy("Mail to your address is not held back."), code="notices.not_suppressed")
    audit.record(action="notices.lift_suppression", object_ref=f"user:{user.ulid}", now=now, actor=user)


def _messenger(user: User) -> MessengerAddress:
    row = messenger_of(user)
    if row is None:
        raise NotFound(gettext_lazy("You have not entered a messenger."), code="notices.no_messenger")
    return row


def _note(row: MessengerAddress, now: datetime, *, error: str) -> None:
    rows = MessengerAddress.objects.filter(pk=row.pk)
    if error:
        rows.update(failed_at=now, last_error=error[:300])
    else:
        rows.update(sent_at=now, failed_at=None, last_error="")


def _check_mode(group: str, way: str, mode: str) -> None:
    known = group in Group.values and way in Preference.Way.values and mode in ("", *Preference.Mode.values)
    if not known or (way == Preference.Way.IN_APP and mode == Preference.Mode.DAILY):
        raise Invalid(gettext_lazy("There is no such choice."), code="notices.mode")


def _unreachable(refused: Unreachable) -> Invalid:
    if refused.problem == "local":
        return Invalid(
            gettext_lazy(
                "This address lies inside the school's own network; messages go to public services only."
            ),
            code="notices.local_address",
            field="address",
        )
    return Invalid(
        gettext_lazy("No machine of this name is known."), code="notices.unknown_host", field="address"
    )
