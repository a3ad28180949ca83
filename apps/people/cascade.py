"""What hangs on a person in this room, and ends with their registration: sign-ins, cards, memberships,
rights, posts, absences, a suspension. One transaction, the caller's; who may do it has been asked before.

Tokens, bookings, certificates, crews and tasks hang in other rooms: they hear `people.user_ended` and
`people.user_suspended`.
"""

from datetime import datetime

from django.db.models import Q

from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.authorizations import end_right
from apps.people.issuing import block_in_force
from apps.people.models import Absence, User


def end_sessions_and_tokens(*, user: User, now: datetime) -> None:
    """Every sign-in of before now is over with its next request, on every device: sessions are bound to this
    moment. Tokens are ended by their own room, which hears `people.sign_ins_ended`.
    """
    user.sessions_ended_at = now
    User.objects.filter(pk=user.pk).update(sessions_ended_at=now)
    publish("people.sign_ins_ended", now=now, user=user.ulid)


def block_cards(*, user: User, reason: str, by: User | None, now: datetime) -> int:
    """All cards of a person open nothing any more; returns how many there were."""
    held = list(user.cards.filter(revoked_at__isnull=True))
    for card in held:
        block_in_force(card=card, reason=reason, by=by, now=now)
    return len(held)


def end_memberships(*, user: User, now: datetime) -> int:
    """The person leaves all groups but those that they lead: a group without a principal investigator is
    nobody's, so leading is handed over (`hand_over_group`) or stays on record. Returns how many were left.
    """
    mine = user.memberships.filter(in_force(now)).exclude(group__pi=user).select_related("group")
    left = list(mine)
    mine.update(revoked_at=now)
    for membership in left:
        publish("people.membership_changed", now=now, user=user.ulid, group=membership.group.ulid)
    return len(left)


def end_rights(*, user: User, reason: str, by: User | None, now: datetime) -> int:
    """The person holds no right any more. What they granted to others stays theirs. Returns how many."""
    held = list(user.authorizations.filter(in_force(now)))
    for right in held:
        end_right(authorization=right, by=by, now=now, reason=reason)
    return len(held)


def end_posts_and_absences(*, user: User, now: datetime) -> None:
    """The person holds no post, is away for nobody's sake and stands in for nobody."""
    for post in user.posts.filter(in_force(now)).select_related("unit"):
        user.posts.filter(pk=post.pk).update(revoked_at=now)
        publish("people.post_changed", now=now, user=user.ulid, unit=post.unit.ulid, kind=post.kind)
    mine = Absence.objects.filter(
        Q(user=user) | Q(substitute=user), revoked_at__isnull=True, valid_until__gt=now
    )
    for absence in list(mine.select_related("user", "substitute")):
        Absence.objects.filter(pk=absence.pk).update(revoked_at=now)
        publish("people.absence_changed", now=now, user=absence.user.ulid, substitute=absence.substitute.ulid)


def end_suspensions(*, user: User, now: datetime) -> int:
    """A suspension is over with the registration that it suspended, and nobody is told that they are
    reinstated: whoever is registered anew begins without it. It stays on record. Returns how many.
    """
    return user.suspensions.filter(in_force(now)).update(revoked_at=now)


def end_what_hangs_on(*, user: User, reason: str, by: User | None, now: datetime) -> None:
    """Everything above, for somebody whose registration ends."""
    end_sessions_and_tokens(user=user, now=now)
    block_cards(user=user, reason=reason, by=by, now=now)
    end_memberships(user=user, now=now)
    end_rights(user=user, reason=reason, by=by, now=now)
    end_posts_and_absences(user=user, now=now)
    end_suspensions(user=user, now=now)
