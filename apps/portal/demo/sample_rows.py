# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""What samples there are at the demonstration school, and who offers to test what. Data only."""

from enum import IntEnum
from typing import Any

from apps.samples.models import Tolerance
from apps.samples.services import ServiceDraft

XRD, XPS, MASS = "xrd", "xps", "mass"
MATERIAL = {"key": "material", "kind": "text", "label_zh": "材料", "label_en": "Material", "required": True}
FORM = {
    "key": "form",
    "kind": "choice",
    "label_zh": "形态",
    "label_en": "Form",
    "choices": [
        {"value": "powder", "zh": "粉末", "en": "Powder"},
        {"value": "film", "zh": "薄膜", "en": "Film"},
        {"value": "bulk", "zh": "块体", "en": "Bulk"},
    ],
}
SOLVENT = {"key": "solvent", "kind": "text", "label_zh": "溶剂", "label_en": "Solvent", "required": True}
SERVICES: dict[str, tuple[ServiceDraft, str, str, str]] = {  # its terms, asset number, class, who runs it
    XRD: (
        ServiceDraft(
            name_zh="粉末X射线衍射",
            name_en="Powder X-ray diffraction",
            fields=(
                MATERIAL,
                FORM,
                {
                    "key": "from",
                    "kind": "number",
                    "label_zh": "起始角",
                    "label_en": "From",
                    "unit": "°",
                    "least": "5",
                    "most": "150",
                },
            ),
            max_size_mm=40,
            hazards_accepted=("toxic", "nano"),
            hazards_refused=("biological",),
            minutes_per_sample=30,
            needs_check=True,
            rush_allowed=True,
        ),
        "QY000006",
        "",
        "teng",
    ),
    XPS: (
        ServiceDraft(
            name_zh="X射线光电子能谱",
            name_en="X-ray photoelectron spectroscopy",
            fields=(MATERIAL, FORM),
            max_size_mm=10,
            magnetic=Tolerance.REFUSE,
            volatile=Tolerance.REFUSE,
            minutes_per_sample=90,
            payment_first=True,
        ),
        "QY000008",
        "",
        "hua",
    ),
    MASS: (
        ServiceDraft(
            name_zh="质谱分析（同类仪器均可）",
            name_en="Mass spectrometry, on any that is free",
            fields=(MATERIAL, SOLVENT),
            volatile=Tolerance.ACCEPT,
            hazards_accepted=("flammable", "toxic"),
            minutes_per_sample=45,
        ),
        "",
        "010200",
        "hua",
    ),
}
CHECKER = "olga"


class Stop(IntEnum):
    """Where a request stops; each goes on from where the one before stops."""

    DRAFT = 0
    JUDGED = 1  # by the rules: asked about, or refused
    OFFERED = 2
    DECLINED = 3
    AGREED = 4
    RECEIVED = 5
    TESTING = 6
    TESTED = 7
    RELEASED = 8
    OBJECTED = 9
    CLOSED = 10


REQUESTS: tuple[
    tuple[str, str, tuple[str, ...], int, Stop, dict[str, Any]], ...
] = (  # who, service, names of the samples, days ago, where it stops, what is special about them
    ("alice", XRD, ("TiO2-500", "TiO2-600", "TiO2-700"), 20, Stop.CLOSED, {}),
    ("mei", MASS, ("ext-01", "ext-02"), 16, Stop.CLOSED, {}),
    ("alice", XRD, ("SiC-7",), 2, Stop.OBJECTED, {}),
    ("wang", XPS, ("C-film-1", "C-film-2"), 6, Stop.RELEASED, {}),
    ("bob", XRD, ("Fe3O4", "Fe2O3"), 1, Stop.TESTED, {}),
    ("2024212", XRD, ("LFP-a", "LFP-b", "LFP-c", "LFP-d"), 1, Stop.TESTING, {}),
    ("2024213", XRD, ("Al-1", "Al-2"), 1, Stop.RECEIVED, {}),
    ("2024214", XRD, ("steel-1",), 1, Stop.RECEIVED, {}),
    ("mei", MASS, ("ext-03", "ext-04", "ext-05"), 1, Stop.RECEIVED, {"hazards": ("flammable",)}),
    ("alice", XPS, ("Ti3C2-1", "Ti3C2-2"), 1, Stop.AGREED, {}),
    ("2024211", XRD, ("MoS2",), 1, Stop.OFFERED, {}),
    ("2025613", MASS, ("urine-7",), 1, Stop.JUDGED, {"hazards": ("biological",)}),
    ("2025215", XPS, ("Ni-foam",), 1, Stop.JUDGED, {"magnetic": True}),
    ("2025614", MASS, ("leaf-2",), 3, Stop.DECLINED, {}),
    ("alice", XRD, ("ZnO-1", "ZnO-2", "ZnO-3"), 0, Stop.DRAFT, {}),
)
