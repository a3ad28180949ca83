"""What a person was told and how they prefer to be told. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.urls import reverse

from apps.core.clock import school_time
from apps.notices.kinds import Channel, Group, Kind, keys_of
from apps.notices.models import EmailSuppression, MessengerAddress, Notice, Preference, Profile
from apps.people.models import User


@dataclass(frozen=True)
class Wishes:
    """Everything about how one person wants to be told, read at once. `language` is the one to write in,
    `chosen_language` what they said about it. `modes` by (group, way).
    """

    language: str
    chosen_language: str
    quiet_from: time | None
    quiet_until: time | None
    modes: dict[tuple[str, str], str]

    def mode(self, kind: Kind, channel: Channel) -> str:
        """How this kind goes out through this channel: `off`, `now` or `daily`."""
        if kind.urgent:
            return Preference.Mode.NOW
        chosen = self.modes.get((kind.group, channel))
        if chosen is not None:
            return chosen
        return Preference.Mode.NOW if channel in kind.channels else Preference.Mode.OFF

    def rings(self, kind: Kind) -> bool:
        """Whether the bell counts it."""
        return kind.urgent or self.modes.get((kind.group, "in_app")) != Preference.Mode.OFF

    def is_quiet(self, at: datetime) -> bool:
        """Whether a moment lies in the person's quiet hours, on the school's clock."""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        clock = school_time(at).time()
        if self.quiet_from < self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


def wishes_of(user: User) -> Wishes:
    """One person's preferences, in two queries."""
    profile = Profile.objects.filter(user=user).first()
    rows = Preference.objects.filter(user=user).values_list("group", "way", "mode")
    return Wishes(
        language=language_of(profile),
        chosen_language=profile.language if profile else "",
        quiet_from=profile.quiet_from if profile else None,
        quiet_until=profile.quiet_until if profile else None,
        modes={(group, way): mode for group, way, mode in rows},
    )


def language_of(profile: Profile | None) -> str:
    """The language to write in: the chosen one, else the one of the pages, else the school's."""
    known = {code for code, _name in settings.LANGUAGES}
    wished = (profile.language or profile.page_language) if profile else ""
    return wished if wished in known else settings.LANGUAGE_CODE


def unread(user: User | int) -> QuerySet[Notice]:
    """The notices that wait at the bell. Over the index of the unread only."""
    return Notice.objects.filter(user=user, read_at__isnull=True, silent=False)


def unread_number(user: User | int) -> Combinable:
    """How many these are (of a person, or their key), as part of a larger statement."""
    counted = unread(user).order_by().annotate(one=Value(1)).values("one").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def notices_of(
    user: User, *, group: str = "", unread: bool = False, before: str = "", limit: int
) -> QuerySet[Notice]:
    """A page of a person's notices, newest first. `before` is the identifier of the last one of the page
    before.
    """
    found = Notice.objects.filter(user=user)
    if group in Group.values:
        found = found.filter(kind__in=keys_of(group))
    if unread:
        found = found.filter(read_at__isnull=True)
    if before:
        found = found.filter(pk__lt=Notice.objects.filter(user=user, ulid=before).values("pk")[:1])
    return found.order_by("-pk")[:limit]


def messenger_of(user: User) -> MessengerAddress | None:
    """The person's messenger, when they have one."""
    return MessengerAddress.objects.filter(user=user).first()


def suppression_of(user: User) -> EmailSuppression | None:
    """Why no mail is sent to the person's address, when none is."""
    return EmailSuppression.objects.filter(address=mail_key(user.email)).first() if user.email else None


def mail_key(address: str) -> str:
    """A mail address as suppressions know it."""
    return address.strip().lower()


def link_to(notice: Notice) -> str:
    """The notice's address for mails and messengers: it asks to sign in, notes the reading, and goes on."""
    return f"{site()}{reverse('notice_open', args=[notice.ulid])}"


def site() -> str:
    """The address of this installation without its last slash."""
    return str(settings.SITE_URL).rstrip("/")
