"""Rows of samples. The draft is Alice's and hers alone; what she handed in is seen by her, by the principal
investigator of her group, and by the crew of the FE-SEM A, who alone act on it.
"""

from dataclasses import replace
from datetime import timedelta

from apps.core import clock
from apps.files.checking import check_next
from apps.files.operations import append
from apps.samples.attaching import attach_file
from apps.samples.custody import receive_sample
from apps.samples.models import Quote, Sample, SampleFile, SampleRequest, SampleRun, ServiceTemplate
from apps.samples.quoting import confirm_quote
from apps.samples.services import add_service
from apps.samples.testing import start_run
from tests.factories.samples import DRAFT, Lab, offered
from tests.web.matrix.portal import sem
from tests.web.matrix.rows import (
    HIDDEN,
    ONLY_POST,
    SIGN_IN,
    SIGNED_IN,
    Answers,
    Arguments,
    Call,
    Calls,
    Exceptions,
    Statuses,
)
from tests.web.scene import Scene

MANAGERS: Statuses = (SIGN_IN, 403, 403, 200, 200)
OFFICE: Statuses = (SIGN_IN, 403, 403, 403, 200)
OWN: Statuses = (SIGN_IN, 404, 200, 404, 404)
KNOWN: Statuses = (SIGN_IN, 404, 200, 200, 200)


def _lab(scene: Scene) -> Lab:
    """A service of the FE-SEM A."""
    service = scene.once("service", lambda: offered(scene.people.sem, scene.now - timedelta(minutes=1)))
    return Lab(scene.people, service, scene.fund, scene.now)


def service(scene: Scene) -> ServiceTemplate:
    """Another service of the same instrument, that nobody uses; a new one once it was ended."""
    found = ServiceTemplate.objects.filter(name_en="EDS", revoked_at__isnull=True).first()
    return found or offered(scene.people.sem, scene.now - timedelta(minutes=1), name_zh="能谱", name_en="EDS")


def class_service(scene: Scene) -> ServiceTemplate:
    """A service of the whole class of the FE-SEM A; a new one once it was ended."""
    class6 = scene.people.sem.class6
    found = ServiceTemplate.objects.filter(class6=class6, revoked_at__isnull=True).first()
    return found or add_service(
        draft=replace(DRAFT, name_zh="电镜成像", name_en="Imaging"),
        class6=class6,
        by=None,
        now=scene.now - timedelta(minutes=1),
    )


def draft(scene: Scene) -> SampleRequest:
    """A draft of Alice's with two samples; a new one once it was handed in."""
    found = SampleRequest.objects.filter(requester=scene.people.alice, state="draft").first()
    return found or _lab(scene).drafted(2)


def agreed(scene: Scene) -> SampleRequest:
    """A request of Alice's that was agreed to, free of charge, with one sample here and one that is
    tested.
    """

    def make() -> SampleRequest:
        they, request = scene.people, _lab(scene).accepted(2)
        offer = Quote.objects.create(
            request=request,
            instrument=they.sem,
            tier="internal",
            sample_count=2,
            low_fen=0,
            high_fen=0,
            promised_on=scene.now.date() + timedelta(days=3),
            quoted_by=they.olga,
            quoted_at=scene.now,
            valid_until=scene.now + timedelta(days=14),
        )
        SampleRequest.objects.filter(pk=request.pk).update(
            state="quoted", quote=offer, instrument=they.sem, promised_on=offer.promised_on
        )
        request.refresh_from_db()
        confirm_quote(request=request, offer=offer, fund=None, by=they.alice, now=scene.now)
        for one in request.samples.all():
            receive_sample(sample=one, by=they.olga, now=scene.now)
        return request

    return scene.once("agreed", make)


def sample(scene: Scene) -> Sample:
    """The first of Alice's samples, which stands in the queue."""
    return agreed(scene).samples.order_by("position")[0]


def run(scene: Scene) -> SampleRun:
    """A run of Olga's with the second sample."""
    second = agreed(scene).samples.order_by("position")[1]
    return scene.once(
        "run",
        lambda: start_run(instrument=scene.people.sem, samples=[second], by=scene.people.olga, now=scene.now),
    )


def photo(scene: Scene) -> SampleFile:
    """A photograph of Alice's sample, which is ready to be read."""

    def make() -> SampleFile:
        olga, now = scene.people.olga, clock.now()
        made = attach_file(sample=sample(scene), kind="photo", name="box.jpg", size=3, by=olga, now=now)
        append(file=made.file, offset=0, read=lambda _most: b"abc", by=olga, now=now)
        while check_next(now=clock.now()) is not None:
            continue
        return made

    return scene.once("photo", make)


ROUTES: dict[str, Statuses] = {
    "sample_list": SIGNED_IN,
    "sample_new": SIGNED_IN,
    "sample_draft": OWN,
    "sample_discard": OWN,
    "sample_import": OWN,
    "sample_list_form": OWN,
    "sample_labels": KNOWN,
    "sample_hand_in": ONLY_POST,
    "sample_request": KNOWN,
    "sample_request_act": HIDDEN,
    "sample_board": SIGNED_IN,
    "sample_queue": HIDDEN,
    "sample_order": ONLY_POST,
    "sample_run_start": ONLY_POST,
    "sample_run_end": ONLY_POST,
    "sample_detail": KNOWN,
    "sample_act": HIDDEN,
    "sample_file": KNOWN,
    "sample_file_begin": ONLY_POST,
    "sample_services": MANAGERS,
    "sample_service_new": MANAGERS,
    "sample_service_change": MANAGERS,
    "sample_service_end": MANAGERS,
    "sample_classes": OFFICE,
    "sample_class_new": OFFICE,
    "sample_class_change": OFFICE,
    "sample_class_end": OFFICE,
}
ARGUMENTS: dict[str, Arguments] = {
    "sample_draft": lambda scene: {"ulid": draft(scene).ulid},
    "sample_discard": lambda scene: {"ulid": draft(scene).ulid},
    "sample_import": lambda scene: {"ulid": draft(scene).ulid},
    "sample_list_form": lambda scene: {"ulid": draft(scene).ulid},
    "sample_labels": lambda scene: {"ulid": agreed(scene).ulid},
    "sample_hand_in": lambda scene: {"ulid": draft(scene).ulid},
    "sample_request": lambda scene: {"ulid": agreed(scene).ulid},
    "sample_request_act": lambda scene: {"ulid": agreed(scene).ulid, "verb": "delay"},
    "sample_queue": sem,
    "sample_order": sem,
    "sample_run_start": sem,
    "sample_run_end": lambda scene: {"ulid": run(scene).ulid},
    "sample_detail": lambda scene: {"ulid": sample(scene).ulid},
    "sample_act": lambda scene: {"ulid": sample(scene).ulid, "verb": "hold"},
    "sample_file": lambda scene: {"ulid": photo(scene).ulid},
    "sample_file_begin": lambda scene: {"ulid": sample(scene).ulid, "kind": "photo"},
    "sample_services": sem,
    "sample_service_new": sem,
    "sample_service_change": lambda scene: {**sem(scene), "ulid": service(scene).ulid},
    "sample_service_end": lambda scene: {**sem(scene), "ulid": service(scene).ulid},
    "sample_class_change": lambda scene: {"ulid": class_service(scene).ulid},
    "sample_class_end": lambda scene: {"ulid": class_service(scene).ulid},
}
POSTS: dict[str, Statuses] = {
    "sample_hand_in": (SIGN_IN, 404, 302, 404, 404),
    "sample_order": (SIGN_IN, 404, 404, 302, 302),
    "sample_run_start": (SIGN_IN, 404, 404, 302, 302),
    "sample_run_end": (SIGN_IN, 404, 404, 302, 302),
    "sample_file_begin": (SIGN_IN, 404, 403, 422, 422),
}
ALSO: dict[str, Exceptions] = {
    "sample_request": {"lin": 200, "wang": 200},
    "sample_detail": {"lin": 200, "wang": 200},
    "sample_labels": {"lin": 200, "wang": 200},
    "sample_request_act": {"lin": 200},
    "sample_queue": {"lin": 200},
    "sample_act": {"lin": 200},
    "sample_file": {"lin": 200, "wang": 200},
    **{
        route: {"lin": 200, "mei": 403, "admin": 403}
        for route in ("sample_services", "sample_service_new", "sample_service_change", "sample_service_end")
    },
}

API: dict[str, Answers] = {"POST /api/v1/processes/sample/cases": (422, 201, 422, 422, 422)}
CALLS: dict[str, Calls] = {
    "POST /api/v1/processes/sample/cases": lambda scene: Call(body={"request": draft(scene).ulid})
}
