"""What the questions of a fee review show beside their fields: the objection that is to be answered, the
prices that the committee approved instead, the price that is put to the vote.
"""

import json
from typing import Any

from apps.fees.models import Objection
from workflows.fee_review import asked
from workflows.fee_review.concluding import MODIFIED
from workflows.fee_review.wording import in_words
from workflows.judging import lookup
from workflows.models import Step


def beside(step: Step) -> dict[str, Any]:
    """Context for the template of the step's question. At most four queries."""
    show = {
        "objection": _objection,
        "accept": _approved,
        "issue": _approved,
        "vote_again": _put_to_the_vote,
    }.get(step.node)
    return show(step) if show is not None else {}


def _objection(step: Step) -> dict[str, Any]:
    rows = Objection.objects.select_related("notice")
    return {"objection": rows.filter(ulid=step.task.data.get("objection", "")).first()}


def _approved(step: Step) -> dict[str, Any]:
    text = step.case.process.data.get("prices", "")
    return {"approved": in_words(asked.content_of(step.case), MODIFIED, json.loads(text)) if text else ""}


def _put_to_the_vote(step: Step) -> dict[str, Any]:
    panel = lookup.panel_of(step.case)
    round_ = lookup.last_round(panel) if panel is not None else None
    if round_ is None:
        return {}
    return {"put": in_words(asked.content_of(step.case), round_.option_key, round_.option)}
