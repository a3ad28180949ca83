"""Indexes that keywords are found by, another kind on each database (docs/decisions/0036). SQLite walks a
narrow index in the order of asset numbers; PostgreSQL has trigrams where the extension can be had, and single
characters for what trigrams cannot find: rare words of one or two (apps.library.walking).
"""

from apps.core import guards
from apps.core.guards import Guard

TRIGRAMS = "library_asset_trigrams"
SIGNS = "library_asset_signs"
_TRIGRAMS = (
    "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm;"
    f" CREATE INDEX IF NOT EXISTS {TRIGRAMS} ON library_asset USING gin (haystack gin_trgm_ops);"
    " EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported"
    " OR invalid_schema_name THEN NULL; END $$"
)

guards.declare(
    Guard(
        name="library_search",
        table="library_asset",
        statements={
            "sqlite": (
                "CREATE INDEX IF NOT EXISTS library_asset_scan ON library_asset (asset_no, haystack)"
                " WHERE gone_at IS NULL",
            ),
            "postgresql": (
                _TRIGRAMS,
                f"CREATE INDEX IF NOT EXISTS {SIGNS} ON library_asset USING gin"
                " (string_to_array(haystack, NULL))",
            ),
        },
    )
)
