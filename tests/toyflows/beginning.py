"""How a person begins the toy of three steps: registered as any process would, so that the interface offers
it where the tests run.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms

from apps.people.models import User
from apps.people.queries import active_users
from tests.toyflows.approvals import ThreeStepsFlow
from workflows import services
from workflows.beginning import BeginForm, offer
from workflows.models import Case


class ToyForm(BeginForm):
    """What it is about, whom to ask (login), for how many days, and whether it is urgent."""

    thing = forms.SlugField(max_length=40)
    tutor = forms.CharField(max_length=150)
    days = forms.IntegerField(min_value=1, max_value=30, required=False)
    day = forms.DateField(required=False)
    at = forms.DateTimeField(required=False)
    urgent = forms.BooleanField(required=False)

    def clean_tutor(self) -> str:
        """An active person other than who asks."""
        login: str = self.cleaned_data["tutor"]
        if login == self.user.username or not User.objects.filter(username=login).exists():
            raise forms.ValidationError("Somebody else, please.", code="toy_tutor")
        return login


def begin_toy(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The case; its tutor answers every step."""
    tutor = active_users(now).get(username=data["tutor"])
    asked = {key: [tutor.pk] for key in ("tutors", "heads", "officers")}
    kept = {name: str(data[name]) for name in ("days", "day", "at", "urgent")}
    return services.start(
        ThreeStepsFlow,
        by=by,
        now=now,
        applicant=by,
        subject_ref=f"toy:{data['thing']}",
        unit=by.unit,
        title_args={"name": by.name_zh},
        data=asked | kept,
    )


offer("toy_three", summary="Toy", form=ToyForm, begin=begin_toy)
