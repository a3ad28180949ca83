"""A school has the schemes of the product without anybody having to ask for them: a new one from its first
office on, one that is upgraded from the migrate on.
"""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models.signals import post_migrate

from apps.core import clock
from apps.core.outbox import WORKER, Payload, subscribe
from apps.evaluation.models import Scheme, SchemeVersion
from apps.evaluation.schemes import install_shipped
from apps.people.models import OrgUnit

_NEEDED = frozenset(model._meta.db_table for model in (Scheme, SchemeVersion, OrgUnit))


@subscribe("evaluation.school_begins", to="people.office_founded", channel=WORKER)
def bring_schemes(payload: Payload, now: datetime) -> None:
    """Those that are not there yet. Late and twice is no harm."""
    install_shipped(now=now)


def bring_after_migrate(*, using: str = "default", **_: Any) -> None:
    """The same where a school is. Connected to post_migrate; a database that was migrated back has no tables
    for them.
    """
    tables = set(connections[using].introspection.table_names())
    if tables >= _NEEDED and OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).exists():
        install_shipped(now=clock.now())


post_migrate.connect(
    bring_after_migrate, sender=apps.get_app_config("evaluation"), dispatch_uid="evaluation.schemes"
)
