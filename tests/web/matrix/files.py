"""Rows of uploads: the upload is Alice's, and nobody else learns that there is one."""

from apps.core import clock
from apps.files.models import StoredFile
from apps.files.operations import begin
from tests.web.matrix.rows import Answers, Call, Calls
from tests.web.scene import Scene


def _upload(scene: Scene) -> Call:
    alice = scene.people.alice
    known = StoredFile.objects.filter(by=alice, state=StoredFile.State.UPLOADING).first()
    file = known or begin(about="matrix:1", name="谱图.raw", size=5, by=alice, now=clock.now())
    return Call(path={"ulid": file.ulid})


API: dict[str, Answers] = {
    "GET /api/v1/uploads/{ulid}": (404, 200, 404, 404, 404),
    "PATCH /api/v1/uploads/{ulid}": (404, 415, 404, 404, 404),
    "DELETE /api/v1/uploads/{ulid}": (404, 204, 404, 404, 404),
}
CALLS: dict[str, Calls] = dict.fromkeys(API, _upload)
