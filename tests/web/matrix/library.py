"""Rows of the library: everybody finds assets; lists and exports are for who sees the school's reports; the
register is the office's. Teng manages the FE-SEM A and changes what its asset says.
"""

from tests.people import FE_SEM_A
from tests.web import librarian
from tests.web.matrix.rows import (
    ANYBODY,
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

OFFICE: Statuses = (SIGN_IN, 403, 403, 403, 200)
MANAGER: Statuses = (SIGN_IN, 403, 403, 200, 200)


def _sem(scene: Scene) -> dict[str, object]:
    return {"ulid": librarian.sem(scene).ulid}


def _place(scene: Scene) -> dict[str, object]:
    return {**_sem(scene), "column": "place"}


def _file(scene: Scene) -> dict[str, object]:
    return {"ulid": librarian.file(scene).ulid}


def _kind(scene: Scene) -> dict[str, object]:
    librarian.library(scene)
    return {"kind": "benefit"}


ROUTES: dict[str, Statuses] = {
    "asset_list": SIGNED_IN,
    "asset_classes": SIGNED_IN,
    "asset_detail": SIGNED_IN,
    "asset_export": OFFICE,
    "asset_lists": OFFICE,
    "asset_list_by_lab": OFFICE,
    "asset_list_export": OFFICE,
    "asset_edit": MANAGER,
    "asset_edit_back": MANAGER,
    "asset_tag": OFFICE,
    "asset_tag_end": OFFICE,
    "quality_list": SIGNED_IN,
    "quality_detail": MANAGER,
    "quality_table": OFFICE,
    "register_list": OFFICE,
    "register_begin": ONLY_POST,
    "register_template": OFFICE,
    "register_file": OFFICE,
    "register_progress": OFFICE,
    "register_conflicts": ONLY_POST,
    "register_confirm": OFFICE,
    "register_reject": OFFICE,
    "register_faults": OFFICE,
    "register_differences": OFFICE,
}
ARGUMENTS: dict[str, Arguments] = {
    "asset_detail": _sem,
    "asset_edit": _place,
    "asset_edit_back": lambda scene: {"ulid": librarian.edit(scene).ulid},
    "asset_tag": _sem,
    "asset_tag_end": lambda scene: {"ulid": librarian.tag(scene).ulid},
    "quality_detail": lambda scene: {"asset_no": FE_SEM_A},
    "asset_list_by_lab": _kind,
    "asset_list_export": _kind,
    "register_file": _file,
    "register_progress": _file,
    "register_conflicts": _file,
    "register_confirm": _file,
    "register_reject": _file,
    "register_faults": _file,
    "register_differences": _file,
}
POSTS: dict[str, Statuses] = {
    "register_begin": (SIGN_IN, 403, 403, 403, 422),
    "register_conflicts": (SIGN_IN, 403, 403, 403, 302),
}
_REPORTS: Exceptions = {"finance": 200}
ALSO: dict[str, Exceptions] = {
    "asset_export": _REPORTS,
    "asset_lists": _REPORTS,
    "asset_list_by_lab": _REPORTS,
    "asset_list_export": _REPORTS,
}
API: dict[str, Answers] = {
    "GET /api/v1/assets": ANYBODY,
    "GET /api/v1/assets/{asset_no}": ANYBODY,
    "GET /api/v1/asset-lists": (403, 403, 403, 403, 200),
    "GET /api/v1/asset-lists/{kind}": (403, 403, 403, 403, 200),
}


def _known(scene: Scene) -> Call:
    librarian.library(scene)
    return Call(path={"asset_no": FE_SEM_A})


CALLS: dict[str, Calls] = {
    "GET /api/v1/assets/{asset_no}": _known,
    "GET /api/v1/asset-lists/{kind}": lambda scene: Call(path=_kind(scene)),
}
