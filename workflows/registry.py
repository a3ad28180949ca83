"""The processes that exist, by key. Adding one touches its own folder and the tuple below; an installed
third-party app may add more by importing its flow in its `AppConfig.ready`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound

if TYPE_CHECKING:
    from workflows.base import BaseFlow

# In the order in which they are offered to people.
PROCESSES: tuple[str, ...] = (
    "sample",
    "training",
    "night_endorsement",
    "booking",
    "fee_review",
    "hosting",
    "hosting_review",
    "hosting_renewal",
    "hosting_breach",
    "hosting_exit",
    "onboarding",
    "registration",
    "deregistration",
    "committee",
    "evaluation_sheet",
    "evaluation_hearing",
    "evaluation",
    "facility_review",
)

_FLOWS: dict[str, "list[type[BaseFlow]]"] = {}


def add(flow: "type[BaseFlow]") -> None:
    """Take a flow class under its key; called by `BaseFlow` when the class is made. The last one that is
    not retired starts new cases; older ones only run out.
    """
    known = _FLOWS.setdefault(flow.key, [])
    if flow not in known:
        known.append(flow)


def load() -> None:
    """Import the flow of every process, so that all keys are known."""
    for name in PROCESSES:
        import_module(f"workflows.{name}.flow")


def keys() -> tuple[str, ...]:
    """The keys of all processes, in the order of their registration."""
    return tuple(_FLOWS)


def flow(key: str) -> "type[BaseFlow]":
    """The flow that starts new cases of a process. Raises NotFound `workflows.unknown_process` (a
    LookupError in meaning; its details name the known keys).
    """
    for found in reversed(_FLOWS.get(key, [])):
        if not found.retired:
            return found
    raise NotFound(_("There is no such process."), code="workflows.unknown_process", known=sorted(_FLOWS))


def all_flows() -> "tuple[type[BaseFlow], ...]":
    """Every flow class, retired ones included."""
    return tuple(flow for versions in _FLOWS.values() for flow in versions)
