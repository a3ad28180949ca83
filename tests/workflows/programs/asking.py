"""Asking in somebody's name, and what was heard."""

from datetime import datetime
from typing import Any

from apps.people.models import User
from tests.api.client import Program, secret_for
from tests.workflows.toys import waiting
from workflows.models import Case, Step


def by(user: User, now: datetime) -> Program:
    """A program of this person's, with every scope."""
    return Program(secret_for(user, now))


def heard(answer: Any) -> tuple[int, str]:
    """The status and the code of an answer; no code where it succeeded."""
    return answer.status_code, answer.json().get("code", "")


def only(case: Case) -> Step:
    """The one step that waits."""
    [step] = waiting(case).values()
    return step
