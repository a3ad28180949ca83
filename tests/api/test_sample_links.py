"""Customers' links and files of samples by programs: whose they are, what is told once, what is refused."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.files.models import StoredFile
from apps.samples.models import GuestLink, SampleRequest
from apps.tokens.models import Answered
from tests.api.client import Program, secret_for
from tests.web.matrix.samples import photo, service
from tests.web.scene import Scene

AT = "/api/v1/samples"


@pytest.fixture(autouse=True)
def _disk(tmp_path: Path, settings: Any) -> None:
    settings.FILES_DIR = str(tmp_path / "files")


@pytest.fixture
def wang(scene: Scene) -> Program:
    return Program(secret_for(scene.people.wang, scene.now))


def _wish(scene: Scene, **changes: Any) -> dict[str, Any]:
    body = {"service": service(scene).ulid, "name": "李工", "organisation": "某某公司", "kind": "enterprise"}
    return {**body, "limit_fen": 100_00, "days": 20, "fund": scene.fund.number, **changes}


def _opens(secret: str) -> int:
    return Client().get(f"/guest/samples/{secret}/").status_code


def test_a_link_is_made_seen_renewed_and_revoked_by_whoever_answers(scene: Scene, wang: Program) -> None:
    answer = wang.post(f"{AT}/sponsored", _wish(scene))
    made = answer.json()
    assert (answer.status_code, made["limit_fen"]) == (201, 100_00)
    assert "no-store" in answer.headers["Cache-Control"]
    assert made["address"].endswith(f"/guest/samples/{made['secret']}/")
    assert _opens(made["secret"]) == 200
    request = SampleRequest.objects.get(ulid=made["request"])
    assert (request.requester, request.fund) == (scene.people.wang, scene.fund)
    assert (request.customer_name, request.customer_kind) == ("李工", "enterprise")

    here = f"{AT}/requests/{request.ulid}/link"
    seen = wang.get(here)
    assert (seen.json()["ulid"], seen.json()["expires_at"]) == (made["ulid"], made["expires_at"])
    assert made["secret"] not in seen.content.decode()
    assert (seen.json()["secret"], seen.json()["address"]) == (None, None)

    renewed = wang.post(here, {"days": 5, "limit_fen": 0})
    another = renewed.json()
    assert (renewed.status_code, another["limit_fen"]) == (201, 0)
    assert "no-store" in renewed.headers["Cache-Control"]
    assert (_opens(made["secret"]), _opens(another["secret"])) == (404, 200)

    assert wang.post(f"{here}/revoke", None).json() == {"done": True}
    assert _opens(another["secret"]) == 404
    again = wang.post(f"{here}/revoke", None)
    assert (again.status_code, again.json()["code"]) == (409, "samples.link_ended")
    assert wang.get(here).json()["code"] == "samples.no_link"


def test_a_secret_is_kept_nowhere_whatever_key_is_sent(scene: Scene, wang: Program) -> None:
    made = wang.post(f"{AT}/sponsored", _wish(scene), Idempotency_Key="k1").json()
    another = wang.post(f"{AT}/sponsored", _wish(scene), Idempotency_Key="k1").json()
    assert made["secret"] != another["secret"]
    assert not Answered.objects.exists()
    assert not GuestLink.objects.filter(digest__in=[made["secret"], another["secret"]]).exists()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"name": " "}, 422, "samples.customer"),
        ({"mail": "no address"}, 422, "samples.customer"),
        ({"kind": "friend"}, 422, "samples.customer_kind"),
        ({"days": 0}, 422, "samples.link_days"),
        ({"days": 10**6}, 422, "samples.link_days"),
        ({"limit_fen": -1}, 422, "samples.link_limit"),
        ({"service": "0" * 26}, 404, "samples.no_service"),
        ({"fund": "NOTHING"}, 422, "funding.not_usable"),
    ],
)
def test_what_is_wrong_makes_nothing(
    scene: Scene, wang: Program, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = wang.post(f"{AT}/sponsored", _wish(scene, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not GuestLink.objects.exists()
    assert not SampleRequest.objects.exists()


def test_students_answer_for_nobody_and_others_see_no_link(scene: Scene, wang: Program) -> None:
    alice = Program(secret_for(scene.people.alice, scene.now))
    teng = Program(secret_for(scene.people.teng, scene.now))
    refused = alice.post(f"{AT}/sponsored", _wish(scene, fund=None))
    assert (refused.status_code, refused.json()["code"]) == (403, "samples.sponsors_only")
    here = f"{AT}/requests/{wang.post(f'{AT}/sponsored', _wish(scene)).json()['request']}/link"
    for who in (alice, teng):
        for answer in (who.get(here), who.post(here, {"days": 5}), who.post(f"{here}/revoke", None)):
            assert (answer.status_code, answer.json()["code"]) == (404, "samples.no_request")
    assert GuestLink.objects.get().revoked_at is None


def test_a_request_of_ones_own_without_a_customer_has_no_link(scene: Scene, wang: Program) -> None:
    wish = {"service": service(scene).ulid}
    own = wang.post(f"{AT}/requests", wish).json()["ulid"]
    for answer in (
        wang.get(f"{AT}/requests/{own}/link"),
        wang.post(f"{AT}/requests/{own}/link", {"days": 5}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "samples.no_link")


def test_a_file_is_downloaded_whole_or_in_part_by_whoever_may_read_it(scene: Scene) -> None:
    found = photo(scene)
    alice = Program(secret_for(scene.people.alice, scene.now))
    whole = alice.get(f"{AT}/files/{found.ulid}")
    content = b"".join(whole.streaming_content)
    assert (whole.status_code, len(content)) == (200, found.file.size)
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    part = alice.ask("GET", f"{AT}/files/{found.ulid}", Range="bytes=1-")
    assert (part.status_code, b"".join(part.streaming_content)) == (206, content[1:])
    same = alice.ask("GET", f"{AT}/files/{found.ulid}", If_None_Match=whole.headers["ETag"])
    assert same.status_code == 304
    charlie = Program(secret_for(scene.people.charlie, scene.now))
    hidden = charlie.get(f"{AT}/files/{found.ulid}")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "samples.no_file")
    StoredFile.objects.filter(pk=found.file_id).update(state=StoredFile.State.ERASED)
    gone = alice.get(f"{AT}/files/{found.ulid}")
    assert (gone.status_code, gone.json()["code"]) == (409, "files.erased")
