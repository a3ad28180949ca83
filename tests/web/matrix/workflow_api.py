"""Rows of cases and tasks for programs. Alice applies, Wang and perhaps Olga are asked; each verb has a
case of its own, in the state that it needs. The applicant decides nothing by any of them.
"""

from tests.web.matrix.rows import ANYBODY, Answers, Call, Calls, Exceptions, Multipart
from tests.web.scene import Scene
from tests.workflows.toys import three_steps, waiting
from workflows import services
from workflows.models import Case, Step

# charlie, alice (the applicant), teng (not asked here), mei (manages another unit), office
READERS: Answers = (404, 200, 404, 404, 200)
CANDIDATES: Answers = (404, 403, 404, 404, 403)
PDF = b"%PDF-1.7 invented"

API: dict[str, Answers] = {
    "GET /api/v1/processes": ANYBODY,
    "POST /api/v1/processes/toy_three/cases": (201, 201, 201, 201, 201),
    "GET /api/v1/cases": ANYBODY,
    "GET /api/v1/cases/{ulid}": READERS,
    "GET /api/v1/cases/{ulid}/files/{file}": READERS,
    "POST /api/v1/cases/{ulid}/files": (404, 201, 404, 404, 201),
    "POST /api/v1/cases/{ulid}/urge": READERS,
    "POST /api/v1/cases/{ulid}/copy": READERS,
    "POST /api/v1/cases/{ulid}/withdraw": (404, 200, 404, 404, 403),
    "POST /api/v1/cases/{ulid}/cancel": (404, 403, 404, 404, 200),
    "POST /api/v1/cases/{ulid}/retry": (404, 403, 404, 404, 200),
    "GET /api/v1/tasks/{ulid}": READERS,
    "POST /api/v1/tasks/{ulid}/answer": CANDIDATES,
    "POST /api/v1/tasks/{ulid}/claim": CANDIDATES,
    "POST /api/v1/tasks/{ulid}/release": CANDIDATES,
    "POST /api/v1/tasks/{ulid}/send-back": CANDIDATES,
    "POST /api/v1/tasks/{ulid}/transfer": (404, 403, 404, 404, 200),
    "POST /api/v1/tasks/{ulid}/delegate": CANDIDATES,
    "POST /api/v1/tasks/{ulid}/give-back": CANDIDATES,
    "POST /api/v1/tasks/{ulid}/signers": CANDIDATES,
    "POST /api/v1/tasks/{ulid}/signers/remove": (404, 403, 404, 404, 200),
    "POST /api/v1/tasks/batch": ANYBODY,  # each line has its own answer: see tests/workflows/programs
    "GET /api/v1/inbox": ANYBODY,
    "GET /api/v1/inbox/mine": ANYBODY,
    "GET /api/v1/inbox/claimable": ANYBODY,
    "GET /api/v1/inbox/done": ANYBODY,
    "GET /api/v1/inbox/applied": ANYBODY,
    "GET /api/v1/inbox/copied": ANYBODY,
}
# The candidate, and who manages the unit of the case.
ASKED: Exceptions = {"wang": 200, "lin": 403}
READS: Exceptions = {"wang": 200, "lin": 200, "bob": 404}
API_ALSO: dict[str, Exceptions] = {
    "GET /api/v1/cases/{ulid}": READS,
    "GET /api/v1/cases/{ulid}/files/{file}": READS,
    "GET /api/v1/tasks/{ulid}": READS,
    "POST /api/v1/cases/{ulid}/files": {"wang": 201, "lin": 201, "bob": 404},
    "POST /api/v1/cases/{ulid}/urge": {"wang": 403, "lin": 403},
    "POST /api/v1/cases/{ulid}/copy": {"wang": 200, "lin": 200},
    "POST /api/v1/cases/{ulid}/withdraw": {"wang": 403, "lin": 403},
    "POST /api/v1/cases/{ulid}/cancel": {"wang": 403, "lin": 403},
    "POST /api/v1/cases/{ulid}/retry": {"wang": 403, "lin": 403},
    "POST /api/v1/tasks/{ulid}/answer": ASKED,
    "POST /api/v1/tasks/{ulid}/claim": ASKED,
    "POST /api/v1/tasks/{ulid}/release": ASKED,
    "POST /api/v1/tasks/{ulid}/send-back": ASKED,
    "POST /api/v1/tasks/{ulid}/transfer": {"wang": 200, "lin": 200},
    "POST /api/v1/tasks/{ulid}/delegate": ASKED,
    "POST /api/v1/tasks/{ulid}/give-back": {"bob": 200, "wang": 403, "lin": 403},
    "POST /api/v1/tasks/{ulid}/signers": ASKED,
    "POST /api/v1/tasks/{ulid}/signers/remove": ASKED,
}


def _case(scene: Scene, name: str, *, both: bool = False) -> Case:
    people = scene.people
    tutors = [people.wang.pk, people.olga.pk] if both else [people.wang.pk]
    return three_steps(people, scene.now, subject=f"api:{name}", tutors=tutors)


def _step(scene: Scene, name: str, *, both: bool = False) -> Step:
    [step] = waiting(_case(scene, name, both=both)).values()
    return step


def _taken(scene: Scene, name: str) -> Step:
    """A step that Wang has taken and that Olga could take."""
    step = _step(scene, name, both=True)
    return services.claim(step=step, by=scene.people.wang, now=scene.now)


def _asked_bob(scene: Scene) -> Step:
    people = scene.people
    step = _step(scene, "give-back")
    return services.delegate(step=step, by=people.wang, to=people.bob, now=scene.now, reason="你怎么看")


def _olga_after(scene: Scene) -> Step:
    people = scene.people
    step = _step(scene, "remove")
    services.add_signer(
        step=step, by=people.wang, user=people.olga, now=scene.now, where="after", reason="安全"
    )
    return step


def _failed(scene: Scene) -> Case:
    """Something in it failed by itself, as the clock notes it."""
    step = _step(scene, "retry")
    step.task.data["failures"] = 1
    step.task.save()
    return step.case


def _file(scene: Scene) -> Call:
    case = _case(scene, "file")
    added = services.attach(case=case, by=scene.people.alice, name="计划.pdf", content=PDF, now=scene.now)
    return Call(path={"ulid": case.ulid, "file": added.ulid})


def _of(thing: Case | Step, body: object = None) -> Call:
    return Call(path={"ulid": thing.ulid}, body=body)


CALLS: dict[str, Calls] = {
    "POST /api/v1/processes/toy_three/cases": lambda _scene: Call(body={"thing": "one", "tutor": "wang"}),
    "GET /api/v1/cases/{ulid}": lambda scene: _of(_case(scene, "case")),
    "GET /api/v1/cases/{ulid}/files/{file}": _file,
    "POST /api/v1/cases/{ulid}/files": lambda scene: _of(
        _case(scene, "add"), Multipart("file", "计划.pdf", PDF)
    ),
    "POST /api/v1/cases/{ulid}/urge": lambda scene: _of(_case(scene, "urge"), {"words": "请尽快"}),
    "POST /api/v1/cases/{ulid}/copy": lambda scene: _of(_case(scene, "copy"), {"to": ["finance"]}),
    "POST /api/v1/cases/{ulid}/withdraw": lambda scene: _of(_case(scene, "withdraw"), {"reason": "不做了"}),
    "POST /api/v1/cases/{ulid}/cancel": lambda scene: _of(_case(scene, "cancel"), {"reason": "重复"}),
    "POST /api/v1/cases/{ulid}/retry": lambda scene: _of(_failed(scene)),
    "GET /api/v1/tasks/{ulid}": lambda scene: _of(_step(scene, "task")),
    "POST /api/v1/tasks/{ulid}/answer": lambda scene: _of(
        _step(scene, "answer"), {"outcome": "approve", "opinion": "同意"}
    ),
    "POST /api/v1/tasks/{ulid}/claim": lambda scene: _of(_step(scene, "claim", both=True)),
    "POST /api/v1/tasks/{ulid}/release": lambda scene: _of(_taken(scene, "release")),
    "POST /api/v1/tasks/{ulid}/send-back": lambda scene: _of(
        _step(scene, "back"), {"to": "revise", "reason": "缺日期"}
    ),
    "POST /api/v1/tasks/{ulid}/transfer": lambda scene: _of(
        _taken(scene, "transfer"), {"to": "olga", "reason": "出差"}
    ),
    "POST /api/v1/tasks/{ulid}/delegate": lambda scene: _of(
        _step(scene, "delegate"), {"to": "bob", "reason": "你怎么看"}
    ),
    "POST /api/v1/tasks/{ulid}/give-back": lambda scene: _of(_asked_bob(scene), {"opinion": "可以"}),
    "POST /api/v1/tasks/{ulid}/signers": lambda scene: _of(
        _step(scene, "signers"), {"user": "olga", "where": "after", "reason": "安全"}
    ),
    "POST /api/v1/tasks/{ulid}/signers/remove": lambda scene: _of(
        _olga_after(scene), {"user": "olga", "reason": "不需要了"}
    ),
    "POST /api/v1/tasks/batch": lambda scene: Call(
        body={"tasks": [_step(scene, "batch").ulid], "outcome": "approve"}
    ),
}
