"""Rows of the people's room: the public application, rights, absences, and the office's pages."""

from apps.people.applying import submit_application
from apps.people.models import Authorization, HrFile, Organisation, RegistrationApplication
from apps.people.operations import appoint_post, declare_absence
from tests.domain.people.applicants import CHOSEN, company, dan
from tests.domain.people.hrfiles import as_csv, read, row
from tests.web.matrix.rows import EVERYBODY, SIGN_IN, SIGNED_IN, Arguments, Exceptions, Statuses
from tests.web.scene import HOUR, Scene

OFFICE: Statuses = (SIGN_IN, 403, 403, 403, 200)


def application(scene: Scene) -> dict[str, object]:
    """The secret link of somebody who has no account; somebody else each time."""
    number = f"MATRIX-{RegistrationApplication.objects.count()}"
    return {"token": submit_application(filled=dan(number=number), password=CHOSEN, now=scene.now)[1]}


def right(scene: Scene) -> dict[str, object]:
    """The finance clerk's right, which the office gave."""
    return {"ulid": Authorization.objects.get(user=scene.people.finance).ulid}


def absence(scene: Scene) -> dict[str, object]:
    """Teng is away and Olga stands in, for a process that nobody here runs."""
    people = scene.people
    declared = declare_absence(
        user=people.teng,
        substitute=people.olga,
        valid_from=scene.now,
        valid_until=scene.now + HOUR,
        by=people.teng,
        now=scene.now,
        processes=("another",),
    )
    return {"ulid": declared.ulid}


def post(scene: Scene) -> dict[str, object]:
    """Teng is the lab's safety officer."""
    people = scene.people
    held = appoint_post(
        user=people.teng, unit=people.lab, kind="safety_officer", by=people.office, now=scene.now
    )
    return {"ulid": held.ulid}


def organisation(scene: Scene) -> dict[str, object]:
    """A company with an agreement."""
    listed = Organisation.objects.first() or company(scene.now)
    return {"ulid": listed.ulid}


def hr_file(scene: Scene) -> dict[str, object]:
    """A personnel file that was read; another one each time."""
    return {"ulid": read(as_csv([row(f"MATRIX-{HrFile.objects.count()}", "丹")]), scene.now).ulid}


ROUTES: dict[str, Statuses] = {
    "application_create": EVERYBODY,
    "application_status": EVERYBODY,
    "application_withdraw": EVERYBODY,
    "right_list": SIGNED_IN,
    "right_grant": OFFICE,
    "right_revoke": (SIGN_IN, 404, 404, 404, 200),
    "absence_list": SIGNED_IN,
    "absence_end": (SIGN_IN, 404, 404, 200, 200),
    "office_home": OFFICE,
    "application_list": OFFICE,
    "post_list": OFFICE,
    "post_end": OFFICE,
    "organisation_list": OFFICE,
    "organisation_detail": OFFICE,
    "organisation_block": OFFICE,
    "hr_list": OFFICE,
    "hr_template": OFFICE,
    "hr_file": OFFICE,
    "hr_progress": OFFICE,
    "hr_confirm": OFFICE,
    "hr_reject": OFFICE,
    "hr_report": OFFICE,
    "hr_faults": OFFICE,
}
ARGUMENTS: dict[str, Arguments] = {
    "application_status": application,
    "application_withdraw": application,
    "right_revoke": right,
    "absence_end": absence,
    "post_end": post,
    "organisation_detail": organisation,
    "organisation_block": organisation,
    "hr_file": hr_file,
    "hr_progress": hr_file,
    "hr_confirm": hr_file,
    "hr_reject": hr_file,
    "hr_report": hr_file,
    "hr_faults": hr_file,
}
ALSO: dict[str, Exceptions] = {"right_grant": {"mei": 200}}  # she manages a department
