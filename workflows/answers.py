"""What a page or an API client gives with an answer, checked by the step's own form."""

from collections.abc import Mapping
from typing import Any

from apps.people.models import User
from workflows.forms import bad_data
from workflows.models import Step


def form_of(step: Step, user: User | None, data: Mapping[str, Any] | None = None, files: Any = None) -> Any:
    """The step's form, bound when data is given; None when the step asks for none."""
    kind = step.task.flow_task.form
    if kind is None:
        return None
    return kind(data, files, case=step.case, user=user, prefix="data")


def cleaned(step: Step, user: User | None, raw: Mapping[str, Any], files: Any = None) -> dict[str, Any]:
    """The cleaned data of an answer given as plain members (API). Raises Invalid `workflows.data` at the
    first bad field, the others in its details as `also` (code, message, field).
    """
    kind = step.task.flow_task.form
    if kind is None:
        return {}
    form = kind(raw, files, case=step.case, user=user)
    if form.is_valid():
        return dict(form.cleaned_data)
    raise bad_data(form)
