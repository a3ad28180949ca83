"""Rows of the library: files of the asset register, the mirror that they built, what people changed here,
tags of lists, versions of the table of data quality.
"""

from apps.library.models.assets import Asset, AssetEdit, AssetEntry, AssetTag, Purpose, Status
from apps.library.models.files import AssetConflict, AssetFault, AssetFile, AssetRow
from apps.library.models.quality import InstrumentProfile, InstrumentQuality, QualityTable

__all__ = [
    "Asset",
    "AssetConflict",
    "AssetEdit",
    "AssetEntry",
    "AssetFault",
    "AssetFile",
    "AssetRow",
    "AssetTag",
    "InstrumentProfile",
    "InstrumentQuality",
    "Purpose",
    "QualityTable",
    "Status",
]
