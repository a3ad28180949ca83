"""What is decided when a card is held to the reader."""

from django.db.models import QuerySet

from apps.decisions.models import DecisionRecord
from scripts.story.school import CARD
from scripts.story.stage import Stage, StoryBroken


def decisions() -> QuerySet[DecisionRecord]:
    """What was decided at the door, the latest last; processes decide by rules too."""
    return DecisionRecord.objects.filter(point="access.unlock").order_by("pk")


def refused(stage: Stage, words: str) -> DecisionRecord:
    """Her card is held to the reader, and refused. Raises StoryBroken when it is not, or when the reader does
    not show why.
    """
    seen = decisions().count()
    stage.hold_card(CARD)
    stage.wait(lambda: decisions().count() > seen, f"a decision because {words}")
    record = decisions().reverse()[0]
    if record.outcome != "deny":
        raise StoryBroken(f"{words}: expected a refusal, got {record.outcome} with {record.codes}")
    codes = set(record.codes)
    stage.wait(
        lambda: any(line["code"] in codes for line in stage.displayed()[-3:]), "the reader to show why"
    )
    if stage.is_on:
        raise StoryBroken(f"{words}: refused, and yet the relay is on")
    return record
