"""What a person is offered to begin: what concerns them, and no more."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from workflows.beginning import beginnings


def offered(client: Client) -> list[str]:
    """The processes that the page leads to, in its order."""
    page = client.get(reverse("process_list")).content.decode()
    found = [one.key for one in beginnings() if reverse("process_begin", args=[one.key]) in page]
    return sorted(found, key=lambda key: page.index(reverse("process_begin", args=[key])))


@pytest.mark.parametrize(
    ("login", "more"),
    [
        ("alice", set()),
        ("wang", {"suspension", "hosting", "onboarding"}),
        ("teng", {"lowering", "fee_review", "onboarding"}),
        ("office", {"suspension", "lowering", "committee", "onboarding"}),
    ],
)
def test_everybody_is_offered_what_concerns_them(
    scene: Scene, signed_in: SignedIn, login: str, more: set[str]
) -> None:
    keys = [key for key in offered(signed_in(getattr(scene.people, login))) if not key.startswith("toy")]
    assert set(keys) == {"training", "night_endorsement", "deregistration"} | more
    assert keys.index("training") < keys.index("deregistration")


def test_what_is_not_offered_is_refused_by_the_operation(scene: Scene, signed_in: SignedIn) -> None:
    alice = signed_in(scene.people.alice)
    answer = alice.post(
        reverse("process_begin", args=["suspension"]),
        {"person": "bob", "cause": "other", "reason": "because"},
    )
    assert answer.status_code == 422
    assert "people.not_authorized" in answer.content.decode()
