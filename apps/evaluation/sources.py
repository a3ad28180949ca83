"""Where the figures of a scheme may come from, and in which units: what records answer, and what papers do.
What people report themselves is named freely.
"""

from collections.abc import Mapping
from types import MappingProxyType

from apps.core.figures import FigureUnit

_H, _F, _P = FigureUnit.HOURS_MS, FigureUnit.FEN, FigureUnit.PEOPLE
_T, _S, _A, _R = FigureUnit.TIMES, FigureUnit.SAMPLES, FigureUnit.ASSETS, FigureUnit.PERMILLE

# What is counted here, of the instruments of a laboratory.
OF_LABS: Mapping[str, FigureUnit] = MappingProxyType(
    {"instruments": _A, "instruments_open": _A, "instruments_online": _A}
)
# What the records of uses, bookings, samples, trainings and charges answer.
FROM_RECORDS: Mapping[str, FigureUnit] = MappingProxyType(
    {
        **{
            f"{key}_hours": _H
            for key in ("effective", "open", "external", "supervised", "teaching", "maintenance")
        },
        "use_rate": _R,
        "income": _F,
        "income_internal": _F,
        "income_external": _F,
        "users": _P,
        "external_users": _P,
        "trained_alone": _P,
        "trained_guided": _P,
        "demonstrations": _P,
        "bookings": _T,
        "no_shows": _T,
        "samples": _S,
        "external_samples": _S,
        **OF_LABS,
    }
)
FROM_PUBLICATIONS: Mapping[str, FigureUnit] = MappingProxyType(
    {"papers": FigureUnit.PAPERS, "papers_core": FigureUnit.PAPERS}
)
ONLINE_FROM = 3  # the opening level from which an instrument is booked online
