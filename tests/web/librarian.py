"""A small library behind the pages: the FE-SEM A and a desk, one of them changed here, one tagged."""

from apps.library.editing import edit_asset
from apps.library.models import Asset, AssetEdit, AssetFile, AssetTag
from apps.library.tagging import tag_asset
from tests.factories.assets import compared, mirrored
from tests.people import FE_SEM_A
from tests.web.scene import Scene

SEM = {"asset_no": FE_SEM_A, "name_zh": "场发射扫描电镜A", "maker": "Zeiss", "keeper": "滕老师"}
DESK = {"asset_no": "D-1", "name_zh": "办公桌", "name_en": "Desk", "price_fen": "800", "class_code": "0601"}


def library(scene: Scene) -> dict[str, Asset]:
    """The assets by number."""
    return scene.once("library", lambda: _made(scene))


def _made(scene: Scene) -> dict[str, Asset]:
    office, now = scene.people.office, scene.now
    assets = mirrored([SEM, DESK], office, now)
    edit_asset(asset=assets[FE_SEM_A], column="place", text="B-204", reason="搬了", by=office, now=now)
    tag_asset(asset=assets["D-1"], kind="exchanged", included=True, reason="应邀", by=office, now=now)
    return assets


def sem(scene: Scene) -> Asset:
    """The asset that the FE-SEM A is."""
    return library(scene)[FE_SEM_A]


def edit(scene: Scene) -> AssetEdit:
    """The place of the FE-SEM A, changed here."""
    library(scene)
    return AssetEdit.objects.get(ended_at__isnull=True)


def tag(scene: Scene) -> AssetTag:
    """The desk on the list of the network."""
    library(scene)
    return AssetTag.objects.get()


def file(scene: Scene) -> AssetFile:
    """A second file of the register that waits for a decision: the place has changed there too."""

    def made() -> AssetFile:
        library(scene)
        rows = [{**SEM, "place": "C-1"}, {**DESK, "name_en": "Table"}, {**DESK, "asset_no": "D-2"}]
        return compared(rows, scene.people.office, scene.now)

    return scene.once("register", made)
