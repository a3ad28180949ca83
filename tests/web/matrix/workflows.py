"""Rows of the inbox, tasks and cases: Alice has applied, Teng is asked, the office reads everything."""

from tests.toyflows.approvals import ThreeStepsFlow
from tests.web.matrix.rows import ONLY_POST, SIGN_IN, SIGNED_IN, Arguments, Statuses
from tests.web.scene import Scene
from workflows import services
from workflows.models import Case


def begun(scene: Scene) -> Case:
    """A case of Alice's; Teng has taken the step that Wang might take, and added Olga as signer."""
    they, now = scene.people, scene.now
    subject = f"thing:{Case.objects.count()}"
    case = services.start(
        ThreeStepsFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref=subject,
        unit=they.lab,
        title_args={"name": they.alice.name_zh},
        data={"tutors": [they.teng.pk, they.wang.pk], "heads": [they.wang.pk], "officers": [they.wang.pk]},
    )
    [step] = case.steps.select_related("task", "case")
    services.claim(step=step, by=they.teng, now=now)
    services.add_signer(step=step, by=they.teng, user=they.olga, now=now, where="after", reason="test")
    return case


def case(scene: Scene) -> dict[str, object]:
    return {"ulid": begun(scene).ulid}


def step(scene: Scene) -> dict[str, object]:
    [found] = begun(scene).steps.all()
    return {"ulid": found.ulid}


def asked_for_an_opinion(scene: Scene) -> dict[str, object]:
    """A step about which Teng was asked for an opinion."""
    they, now = scene.people, scene.now
    [found] = begun(scene).steps.select_related("task", "case")
    services.transfer(step=found, by=they.teng, to=they.wang, now=now, reason="test")
    services.delegate(step=found, by=they.wang, to=they.teng, now=now, reason="test")
    return {"ulid": found.ulid}


def file(scene: Scene) -> dict[str, object]:
    made = begun(scene)
    attachment = services.attach(
        case=made, by=scene.people.alice, name="a.txt", content=b"text", now=scene.now
    )
    return {"ulid": made.ulid, "file": attachment.ulid}


READS: Statuses = (SIGN_IN, 404, 200, 200, 200)
HANDLES: Statuses = (SIGN_IN, 404, 403, 200, 403)
ROUTES: dict[str, Statuses] = {
    "task_inbox": SIGNED_IN,
    "task_batch": ONLY_POST,
    "task_detail": READS,
    "task_claim": ONLY_POST,
    "task_release": ONLY_POST,
    "task_send_back": HANDLES,
    "task_transfer": (SIGN_IN, 404, 403, 200, 200),
    "task_delegate": HANDLES,
    "task_give_back": HANDLES,
    "task_add_signer": HANDLES,
    "task_remove_signer": (SIGN_IN, 404, 403, 200, 200),
    "case_detail": READS,
    "case_urge": (SIGN_IN, 404, 200, 403, 200),
    "case_copy": READS,
    "case_withdraw": (SIGN_IN, 404, 200, 403, 403),
    "case_cancel": (SIGN_IN, 404, 403, 403, 200),
    "case_retry": (SIGN_IN, 404, 403, 403, 409),  # nothing has failed
    "case_print": READS,
    "case_file": READS,
}
POSTS: dict[str, Statuses] = {
    "task_batch": (SIGN_IN, 302, 302, 302, 302),  # nothing was chosen
    "task_claim": (SIGN_IN, 404, 403, 403, 403),  # Teng has it already
    "task_release": (SIGN_IN, 404, 403, 302, 403),
}
ARGUMENTS: dict[str, Arguments] = {
    **{
        name: step for name in ROUTES if name.startswith("task_") and name not in ("task_inbox", "task_batch")
    },
    **{name: case for name in ROUTES if name.startswith("case_")},
    "task_give_back": asked_for_an_opinion,
    "case_file": file,
}
