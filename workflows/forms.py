"""The forms of steps. A process puts its own into `workflows/<process>/forms.py`, below `StepForm`."""

from typing import Any

from django import forms

from apps.core.errors import Invalid
from apps.people.models import User
from workflows.models import Case


class StepForm(forms.Form):
    """The data that a step asks for besides the opinion. Knows the case and who answers, to offer the right
    choices; checks form, not permission: that is the operation's.
    """

    def __init__(self, *args: Any, case: Case, user: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self.user = user
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices and initial values from `self.case`."""


def bad_data(form: forms.BaseForm) -> Invalid:
    """Everything that a form finds wrong, as one refusal."""
    found = [
        {"code": error.code or "invalid", "message": str(message), "field": name}
        for name, errors in form.errors.as_data().items()
        for error in errors
        for message in error.messages
    ]
    first, *rest = found
    return Invalid(first["message"], code="workflows.data", field=first["field"], also=rest)
