"""How a person begins a process: the form that they fill in, and what happens then. A process that people
begin registers its beginning in `workflows/<process>/beginning.py`; its page and the HTTP interface use the
same one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound, Text
from apps.people.models import User
from workflows import registry
from workflows.forms import bad_data
from workflows.models import Case


class BeginForm(forms.Form):
    """What a process asks for at its beginning. Knows who begins it, to offer the right choices; checks
    form, not permission: that is the operation's.
    """

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices and initial values from `self.user`."""


@dataclass(frozen=True)
class Beginning:
    """One way to begin a process. `begin(by=, now=, data=)` takes the form's cleaned data and gives the
    case. `concerns(user, now)` says to whom it is shown at all; permission is the operation's.
    """

    key: str
    summary: Text
    form: type[BeginForm]
    begin: Callable[..., Case]
    concerns: Callable[[User, datetime], bool]


_OFFERED: dict[str, Beginning] = {}


def everybody(user: User, now: datetime) -> bool:
    """Shown to all."""
    return True


def offer(
    key: str,
    *,
    summary: Text,
    form: type[BeginForm],
    begin: Callable[..., Case],
    concerns: Callable[[User, datetime], bool] = everybody,
) -> None:
    """Register the beginning of a process, once. `summary` says what a person does by it, `concerns` to whom
    it is shown.
    """
    found = Beginning(key, summary, form, begin, concerns)
    if _OFFERED.setdefault(key, found) != found:
        raise ValueError(f"the beginning of {key} is registered twice")


def beginnings() -> tuple[Beginning, ...]:
    """Every registered beginning, in the order of the processes."""
    for name in registry.PROCESSES:
        if find_spec(f"workflows.{name}.beginning") is not None:
            import_module(f"workflows.{name}.beginning")
    return tuple(_OFFERED.values())


def beginning(key: str) -> Beginning:
    """How a process is begun. Raises NotFound `workflows.unknown_process` where people cannot begin it."""
    found = {one.key: one for one in beginnings()}.get(key)
    if found is None:
        raise NotFound(_("There is no such process."), code="workflows.unknown_process")
    return found


def begin(key: str, *, by: User, now: datetime, raw: Mapping[str, Any]) -> Case:
    """The case that `by` begins with these values. Raises Invalid `workflows.data` at the first bad field,
    the others in its details as `also`; and whatever the process refuses.
    """
    found = beginning(key)
    form = found.form(raw, user=by)
    if not form.is_valid():
        raise bad_data(form)
    return found.begin(by=by, now=now, data=dict(form.cleaned_data))
