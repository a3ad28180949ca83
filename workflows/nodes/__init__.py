"""The nodes that flows are made of. Stock viewflow where it is right; a small subclass of our own where it
is missing or wrong (see docs/decisions/0011-the-workflow-room.md).

A hook of a flow gets the activation; `current()` gives the moment, `activation.case` the case, and
`activation.remember(...)` keeps a value with the process.
"""

from workflows.nodes.begin import Begin
from workflows.nodes.children import Children
from workflows.nodes.due import Days, Hours, WorkingDays
from workflows.nodes.functions import Do, End, If, Switch
from workflows.nodes.human import Answer, Approval, Human, Outcome, Work
from workflows.nodes.job import Job
from workflows.nodes.rule import Rule
from workflows.nodes.split import Join, Split, SplitEach
from workflows.nodes.timer import Timer

__all__ = [
    "Answer",
    "Approval",
    "Begin",
    "Children",
    "Days",
    "Do",
    "End",
    "Hours",
    "Human",
    "If",
    "Job",
    "Join",
    "Outcome",
    "Rule",
    "Split",
    "SplitEach",
    "Switch",
    "Timer",
    "Work",
    "WorkingDays",
]
