"""The facts of `registration.obstacles` about one person, each counted in the room where it lives. Reads
only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from apps.billing.queries import uncharged
from apps.bookings.queries import upcoming
from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.people.models import Post, ResearchGroup, User
from apps.people.queries import active_users
from apps.usage.models import UsageSession
from rules.points.registration_obstacles import ObstacleFacts, StartedBy
from workflows.inbox import held_by

Sources = Mapping[str, Mapping[str, Any]]


def obstacle_facts(
    user: User, at: datetime, *, started_by: str, urgent: bool
) -> tuple[ObstacleFacts, Sources]:
    """What hangs on the person at a moment. Eight queries. There is no room of samples yet: none are open."""
    known = started_by in StartedBy.__members__.values()
    facts = ObstacleFacts(
        started_by=StartedBy(started_by) if known else StartedBy.UNKNOWN,
        urgent=urgent,
        running_sessions=UsageSession.objects.filter(user=user, state__in=UsageSession.LIVE).count(),
        future_bookings=upcoming(user, at).count(),
        samples_open=0,
        unsettled_charges=uncharged().filter(user=user).count(),
        unsettled_fen=0,
        instruments_managed=managed_alone(user, at).count(),
        groups_led=groups_led(user).count(),
        posts_held=posts_held(user, at).count(),
        open_steps=held_by(user).count(),
    )
    labels = {
        "running_sessions": ("使用记录", "Sessions of use"),
        "future_bookings": ("预约", "Bookings"),
        "samples_open": ("送样", "Samples"),
        "unsettled_charges": ("未计费的使用", "Uses without a charge"),
        "unsettled_fen": ("未计费的使用", "Uses without a charge"),
        "instruments_managed": ("机组", "Crews"),
        "groups_led": ("课题组", "Research groups"),
        "posts_held": ("职务", "Posts"),
        "open_steps": ("待办事项", "Inbox"),
    }
    asked = ("撤销申请", "What was asked")
    sources = {
        name: {"kind": "user", "ref": user.ulid, "label_zh": zh, "label_en": en}
        for name in vars(facts)
        for zh, en in [labels.get(name, asked)]
    }
    return facts, sources


def managed_alone(user: User, at: datetime) -> QuerySet[Instrument]:
    """The instruments in service of which nobody else active is manager."""
    managers = CrewMember.objects.filter(
        in_force(at), role=CrewMember.Role.MANAGER, instrument=OuterRef("pk")
    )
    others = managers.filter(user__in=active_users(at)).exclude(user=user)
    mine = Instrument.objects.filter(Exists(managers.filter(user=user)), ~Exists(others))
    return mine.filter(retired_at__isnull=True).select_related("unit").order_by("asset_no")


def groups_led(user: User) -> QuerySet[ResearchGroup]:
    """The groups that the person leads."""
    return user.led_groups.select_related("unit").order_by("id")


def posts_held(user: User, at: datetime) -> QuerySet[Post]:
    """The posts that the person holds."""
    return user.posts.filter(in_force(at)).select_related("unit").order_by("id")
