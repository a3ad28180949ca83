"""Rows of the evaluation room: schemes are read by everybody who is signed in and written by the office."""

from apps.evaluation import schemes
from apps.evaluation.models import Scheme, SchemeVersion
from tests.web.matrix.rows import ONLY_POST, SIGN_IN, SIGNED_IN, Arguments, Statuses
from tests.web.scene import Scene

OFFICE: Statuses = (SIGN_IN, 403, 403, 403, 200)


def _adopted(scene: Scene) -> SchemeVersion:
    def make() -> SchemeVersion:
        schemes.install_shipped(now=scene.now)
        return SchemeVersion.objects.get(scheme__key="ministry", number=1)

    return scene.once("scheme", make)


def _draft(scene: Scene) -> SchemeVersion:
    _adopted(scene)
    scheme = Scheme.objects.get(key="school")
    return scene.once(
        "draft", lambda: schemes.begin_draft(scheme=scheme, by=scene.people.office, now=scene.now)
    )


def _at(version: SchemeVersion) -> dict[str, object]:
    return {"ulid": version.ulid}


ROUTES: dict[str, Statuses] = {
    "evaluation_scheme_list": SIGNED_IN,
    "evaluation_scheme_new": OFFICE,
    "evaluation_scheme_install": ONLY_POST,
    "evaluation_scheme": SIGNED_IN,
    "evaluation_scheme_draft": ONLY_POST,
    "evaluation_scheme_edit": OFFICE,
    "evaluation_scheme_check": ONLY_POST,
    "evaluation_scheme_adopt": OFFICE,
    "evaluation_scheme_discard": OFFICE,
    "evaluation_simulator": SIGNED_IN,
}
ARGUMENTS: dict[str, Arguments] = {
    "evaluation_scheme": lambda scene: _at(_adopted(scene)),
    "evaluation_simulator": lambda scene: _at(_adopted(scene)),
    "evaluation_scheme_draft": lambda scene: _at(_draft(scene)),
    "evaluation_scheme_edit": lambda scene: _at(_draft(scene)),
    "evaluation_scheme_check": lambda scene: _at(_draft(scene)),
    "evaluation_scheme_adopt": lambda scene: _at(_draft(scene)),
    "evaluation_scheme_discard": lambda scene: _at(_draft(scene)),
}
POSTS: dict[str, Statuses] = {
    "evaluation_scheme_install": (SIGN_IN, 403, 403, 403, 302),
    "evaluation_scheme_draft": (SIGN_IN, 403, 403, 403, 302),
    "evaluation_scheme_check": (SIGN_IN, 403, 403, 403, 200),
}
