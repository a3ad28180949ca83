"""Rows of customers without an account. Whoever holds the link acts as the customer, signed in or not; the
page that makes links is for staff, each link for its sponsor alone.
"""

from collections.abc import Callable

from apps.samples.guests import write_draft
from apps.samples.models import GuestLink
from apps.samples.sponsoring import Customer, sponsor_request
from tests.factories.samples import row
from tests.web.matrix.rows import EVERYBODY, SIGN_IN, Answers, Arguments, Call, Calls, Exceptions, Statuses
from tests.web.matrix.samples import service
from tests.web.scene import Scene

LI = Customer(name="李工", organisation="某某材料有限公司", kind="enterprise", mail="li@example.com")
NOT_ASKED: Statuses = (405, 405, 405, 405, 405)
MISSING: Statuses = (404, 404, 404, 404, 404)


def opened(scene: Scene) -> tuple[GuestLink, str]:
    """The link that Wang made for a customer, with a sample in the draft."""

    def make() -> tuple[GuestLink, str]:
        link, secret = sponsor_request(
            service=service(scene),
            customer=LI,
            fund=None,
            limit_fen=100_00,
            days=30,
            by=scene.people.wang,
            now=scene.now,
        )
        write_draft(link=link, rows=[row("L1")], wishes="", disposition="return", now=scene.now)
        return link, secret

    return scene.once("guest link", make)


def secret(scene: Scene) -> dict[str, object]:
    """What stands in the address of the customer's page."""
    return {"secret": opened(scene)[1]}


def _more(**more: str) -> Callable[[Scene], dict[str, object]]:
    return lambda scene: {**secret(scene), **more}


ROUTES: dict[str, Statuses] = {
    "sample_sponsor": (SIGN_IN, 403, 403, 200, 200),
    "sample_link": (SIGN_IN, 404, 404, 404, 404),
    "guest_samples": EVERYBODY,
    "guest_draft": EVERYBODY,
    "guest_act": NOT_ASKED,
    "guest_file": MISSING,
    "guest_labels": (302, 302, 302, 302, 302),
    "guest_report": MISSING,
}
ARGUMENTS: dict[str, Arguments] = {
    "sample_link": lambda scene: {"ulid": opened(scene)[0].request.ulid},
    "guest_samples": secret,
    "guest_draft": secret,
    "guest_act": _more(verb="submit"),
    "guest_file": _more(ulid="0" * 26),
    "guest_labels": secret,
    "guest_report": secret,
}
POSTS: dict[str, Statuses] = {"guest_act": (302, 302, 302, 302, 302)}
ALSO: dict[str, Exceptions] = {
    "sample_link": {"wang": 200},
    "sample_sponsor": {"wang": 200, "lin": 200, "mei": 200},
}


def _wish(scene: Scene) -> Call:
    """What Wang answers for, once more."""
    body = {"service": service(scene).ulid, "name": LI.name, "organisation": LI.organisation, "kind": LI.kind}
    return Call(body={**body, "mail": LI.mail, "limit_fen": 100_00, "days": 30})


def _link(scene: Scene) -> Call:
    return Call(path={"ulid": opened(scene)[0].request.ulid})


def _terms(scene: Scene) -> Call:
    return Call(path=_link(scene).path, body={"limit_fen": 200_00, "days": 10})


_AT = "/api/v1/samples"
NOBODY: Answers = (404, 404, 404, 404, 404)
API: dict[str, Answers] = {
    f"POST {_AT}/sponsored": (403, 403, 201, 201, 201),
    f"GET {_AT}/requests/{{ulid}}/link": NOBODY,
    f"POST {_AT}/requests/{{ulid}}/link": NOBODY,
    f"POST {_AT}/requests/{{ulid}}/link/revoke": NOBODY,
}
API_ALSO: dict[str, Exceptions] = {
    f"POST {_AT}/sponsored": {"wang": 201, "lin": 201},
    f"GET {_AT}/requests/{{ulid}}/link": {"wang": 200},
    f"POST {_AT}/requests/{{ulid}}/link": {"wang": 201},
    f"POST {_AT}/requests/{{ulid}}/link/revoke": {"wang": 200},
}
CALLS: dict[str, Calls] = {
    f"POST {_AT}/sponsored": _wish,
    f"GET {_AT}/requests/{{ulid}}/link": _link,
    f"POST {_AT}/requests/{{ulid}}/link": _terms,
    f"POST {_AT}/requests/{{ulid}}/link/revoke": _link,
}
