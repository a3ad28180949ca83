"""How many hours instruments were really used: asked of whichever room above keeps the records of use. This
room stands below them, so they register themselves (`provide`, once, when the programs start).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from apps.instruments.models import Instrument

Source = Callable[[Iterable[Instrument], datetime], Mapping[str, int | None]]
_SOURCES: list[Source] = []


def provide(source: Source) -> None:
    """Register who knows: `source(instruments, at)` gives effective hours of the last year by the ULID of the
    instrument, None where they are not known.
    """
    _SOURCES[:] = [source]


def of(instruments: Iterable[Instrument], at: datetime) -> Mapping[str, int | None]:
    """Effective hours of the last year by the ULID of the instrument; empty where nobody keeps records."""
    return _SOURCES[0](instruments, at) if _SOURCES else {}
