"""The tables of this room: services and what they ask, requests with their quotes and delays, samples
with the chain of those who held them, runs, results and their checks, and what people think of them.
"""

from apps.samples.models.files import SampleFile
from apps.samples.models.guests import GuestLink
from apps.samples.models.quotes import Delay, Quote
from apps.samples.models.requests import SampleRequest
from apps.samples.models.results import Objection, Rating, Result, ResultCheck
from apps.samples.models.runs import RunSession, SampleRun
from apps.samples.models.sample import Custody, Hazard, HoldReason, Sample
from apps.samples.models.services import ServiceTemplate, Tolerance

__all__ = [
    "Custody",
    "Delay",
    "GuestLink",
    "Hazard",
    "HoldReason",
    "Objection",
    "Quote",
    "Rating",
    "Result",
    "ResultCheck",
    "RunSession",
    "Sample",
    "SampleFile",
    "SampleRequest",
    "SampleRun",
    "ServiceTemplate",
    "Tolerance",
]
