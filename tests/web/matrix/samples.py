"""Rows of samples. The draft is Alice's and hers alone."""

from datetime import timedelta

from apps.samples.models import SampleRequest
from tests.factories.samples import Lab, offered
from tests.web.matrix.rows import Answers, Call, Calls
from tests.web.scene import Scene


def _lab(scene: Scene) -> Lab:
    """A service of the FE-SEM A."""
    service = scene.once("service", lambda: offered(scene.people.sem, scene.now - timedelta(minutes=1)))
    return Lab(scene.people, service, scene.fund, scene.now)


def draft(scene: Scene) -> SampleRequest:
    """A draft of Alice's with two samples; a new one once it was handed in."""
    found = SampleRequest.objects.filter(requester=scene.people.alice, state="draft").first()
    return found or _lab(scene).drafted(2)


API: dict[str, Answers] = {"POST /api/v1/processes/sample/cases": (422, 201, 422, 422, 422)}
CALLS: dict[str, Calls] = {
    "POST /api/v1/processes/sample/cases": lambda scene: Call(body={"request": draft(scene).ulid})
}
