"""A school decides a number of its own: the value of a declared parameter from a moment on, with the reason
and the regulation that it follows. What has been decided is never changed; another value begins later.
"""

import json
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.models import ParameterValue
from apps.core.parameters import PARAMETERS

_KINDS = ((bool, "true / false"), (int, "1"), (str, '"text"'), ((list, tuple), "[...]"), (dict, "{...}"))


@transaction.atomic
def set_parameter(
    *,
    key: str,
    value: Any,
    valid_from: datetime,
    reason: str,
    now: datetime,
    cites: str = "",
    by: Any = None,
) -> ParameterValue:
    """The value (of the kind that the default has, as JSON knows it) holds from `valid_from`, not past.

    Raises Invalid `core.no_parameter`, `core.parameter_kind`, `core.parameter_past`, `core.reason_required`;
    WrongState `core.parameter_set` when another value begins at this very moment.
    """
    declared = PARAMETERS.get(key)
    if declared is None:
        raise Invalid(_("There is no such parameter."), code="core.no_parameter", field="key", key=key)
    kind = kind_of(declared.default)
    if kind_of(value) != kind:
        raise Invalid(
            _("This parameter is written like %(kind)s.") % {"kind": kind},
            code="core.parameter_kind",
            field="value",
        )
    if valid_from < now:
        raise Invalid(
            _("What has happened was judged by the numbers of its day: choose a moment that is to come."),
            code="core.parameter_past",
            field="valid_from",
        )
    if not reason.strip():
        raise Invalid(_("Please give a reason."), code="core.reason_required", field="reason")
    try:
        with transaction.atomic():
            made = ParameterValue.objects.create(
                key=key,
                value=value,
                valid_from=valid_from,
                set_by=by,
                reason=reason.strip(),
                cites=cites.strip(),
            )
    except IntegrityError:
        raise WrongState(
            _("Another value begins at this moment already."), code="core.parameter_set", key=key
        ) from None
    audit.record(
        action="core.set_parameter",
        object_ref=f"parameter:{made.ulid}",
        now=now,
        actor=by,
        reason=made.reason,
        key=key,
        value=json.dumps(value, ensure_ascii=False),
    )
    return made


def kind_of(value: Any) -> str:
    """How values of this kind are written, '' for what no parameter is."""
    return next((written for kind, written in _KINDS if isinstance(value, kind)), "")
