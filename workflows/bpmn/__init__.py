"""A process as BPMN 2.0 with its drawing, for other tools: modelled from the flow, placed by the layout of
its diagram, written with the standard library. Documentation, not a program: the flow is what runs.
"""

from typing import Any

from workflows.bpmn.model import model_of
from workflows.bpmn.writing import write

__all__ = ["export"]


def export(flow_class: Any) -> str:
    """The flow as a BPMN 2.0 file in the language that is active."""
    return write(model_of(flow_class))
