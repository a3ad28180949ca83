"""One batch to one person (or to the school) through one channel, and what became of it. It speaks to the
mail host and to messengers; it writes only what their answer says about an address.
"""

import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from apps.core.sealing import Unreadable
from apps.notices.addresses import SEAL, Address, read_address
from apps.notices.mail import compose
from apps.notices.messenger import Undelivered, send_message
from apps.notices.models import EmailSuppression, MessengerAddress, Notice
from apps.notices.queries import language_of, link_to, mail_key, messenger_of, site, suppression_of
from apps.notices.rendering import plain
from apps.people.models import User

log = logging.getLogger(__name__)

PERMANENT = range(500, 600)
LISTED = 10  # titles in a messenger's daily summary


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `skipped`: there is nowhere to send it any more. `permanent`: another attempt is
    pointless. `down`: the channel as a whole does not answer.
    """

    sent: bool = False
    skipped: bool = False
    permanent: bool = False
    down: bool = False
    error: str = ""


def mail_to(user: User, notices: Sequence[Notice], connection: Any, now: datetime) -> Outcome:
    """One mail. An address that the host refuses for good is suppressed."""
    if not user.email:
        return Outcome(skipped=True, error="no address")
    if suppression_of(user) is not None:
        return Outcome(skipped=True, error="suppressed")
    language = _language(user)
    with override(language):
        name = user.display_name
    mail = compose(notices, to=user.email, name=name, language=language, connection=connection)
    try:
        connection.open()
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        return _refused(user.email, code, _decoded(words), now)
    except smtplib.SMTPSenderRefused as refused:  # our own address: the operator's to mend
        _hang_up(connection)
        return Outcome(error=f"{refused.smtp_code} {_decoded(refused.smtp_error)}", down=True)
    except smtplib.SMTPDataError as refused:
        permanent = refused.smtp_code in PERMANENT
        return Outcome(permanent=permanent, error=f"{refused.smtp_code} {_decoded(refused.smtp_error)}")
    except (OSError, smtplib.SMTPException) as error:
        _hang_up(connection)
        log.warning("mail host: %s", type(error).__name__)
        return Outcome(down=True, error=f"{type(error).__name__}: {error}")
    return Outcome(sent=True)


def message_to(user: User, notices: Sequence[Notice], now: datetime) -> Outcome:
    """One message to the person's messenger; its page of preferences shows the last failure."""
    row = messenger_of(user)
    if row is None:
        return Outcome(skipped=True, error="no address")
    try:
        address = read_address(SEAL.unseal(row.sealed))
    except Unreadable:
        _note_failure(row, "unreadable", now)
        return Outcome(permanent=True, error="unreadable")
    with override(_language(user)):
        title, body, link = _message(notices)
    try:
        send_message(address, title=title, body=body, link=link)
    except Undelivered as failure:
        _note_failure(row, str(failure), now)
        return Outcome(permanent=failure.problem == "local", error=str(failure))
    MessengerAddress.objects.filter(pk=row.pk).update(sent_at=now, failed_at=None, last_error="")
    return Outcome(sent=True)


def message_to_school(notice: Notice, addresses: Sequence[str]) -> Outcome:
    """One message to every channel of the school, in the school's language. Accepted by one is sent: another
    attempt would tell the first again.
    """
    title, body, link = _message([notice])
    failures = []
    for written in addresses:
        address: Address = read_address(written)
        try:
            send_message(address, title=title, body=body, link=link)
        except Undelivered as failure:
            log.warning("the school's channel %s: %s", address.masked, failure)
            failures.append(f"{address.masked} {failure}")
    if not addresses:
        return Outcome(skipped=True, error="no address")
    return Outcome(sent=len(failures) < len(addresses), error="; ".join(failures))


def _message(notices: Sequence[Notice]) -> tuple[str, str, str]:
    """Title, body and link in the language in force."""
    if len(notices) == 1:
        words = plain(notices[0])
        link = link_to(notices[0]) if notices[0].user_id else f"{site()}{notices[0].url}"
        return words.title, words.body, link
    count = len(notices)
    title = ngettext("%(count)d notice", "%(count)d notices", count) % {"count": count}
    lines = [plain(notice).title for notice in notices[:LISTED]]
    if count > LISTED:
        lines.append(_("… and %(count)d more") % {"count": count - LISTED})
    return title, "\n".join(lines), f"{site()}/notices/"


def _refused(address: str, code: int, words: str, now: datetime) -> Outcome:
    error = f"{code} {words}"
    if code not in PERMANENT:
        return Outcome(error=error)
    EmailSuppression.objects.get_or_create(
        address=mail_key(address), defaults={"since": now, "reason": error[:300]}
    )
    return Outcome(permanent=True, error=error)


def _note_failure(row: MessengerAddress, error: str, now: datetime) -> None:
    MessengerAddress.objects.filter(pk=row.pk).update(failed_at=now, last_error=error[:300])


def _language(user: User) -> str:
    return language_of(getattr(user, "notice_profile", None))


def _decoded(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words


def _hang_up(connection: Any) -> None:
    """Forget a connection that is of no use: the next mail opens another."""
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        connection.connection = None
