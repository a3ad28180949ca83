"""What the reports know of one hosted instrument in a month: figures with their records."""

from collections.abc import Mapping
from datetime import datetime

from apps.core.figures import Figure
from apps.reports.figures import of_instruments, read_period


def figures_of(instrument_id: int, month: str, at: datetime) -> Mapping[str, Figure]:
    """The figures of an instrument in a month of the school's calendar, each with the digest of its records.
    Raises Invalid for what is no month.
    """
    return of_instruments([instrument_id], read_period(month, at), at=at, digests=True).get(instrument_id, {})
