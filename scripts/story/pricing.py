"""The price that was judged comes into force: the second before, whoever pays is refused for it; the second
after, the instrument unlocks.
"""

import time
from datetime import datetime, timedelta

from apps.clearances.gate import check
from apps.core.clock import now as clock_now
from apps.core.money import format_yuan
from documents.models import Document
from scripts.story.door import refused
from scripts.story.judging import issue
from scripts.story.school import HOUR_FEN, School, book_now
from scripts.story.stage import Stage, StoryBroken
from scripts.story.teller import Teller
from workflows.models import Case

SECOND = timedelta(seconds=1)
AHEAD = timedelta(seconds=12)  # enough to book and to be refused once
NO_PRICE = "fee.none"


def come_into_force(stage: Stage, school: School, case: Case, teller: Teller) -> Document:
    """The decision is issued, Alice books, and holds her card before and after; gives the decision. When this
    ends the price is in force, and the relay still open.
    """
    valid_from = clock_now().replace(microsecond=0) + AHEAD
    school.fee, paper = issue(school, case, valid_from)
    price = school.fee.items.get(tier="internal").price_fen
    if (price, school.fee.approval_no) != (HOUR_FEN, paper.number):
        raise StoryBroken(f"decided were {format_yuan(price)} by {school.fee.approval_no}")
    case.refresh_from_db()
    teller.say(
        f"The office issues the decision {paper.number}: {format_yuan(price)} an hour, from "
        f"{valid_from:%H:%M:%S} UTC on. The case is {case.outcome}; its paper can be checked by anybody."
    )
    school.booking = book_now(school.student, school.instrument, school.fund, clock_now())
    teller.say("She books the instrument for a time at which it will have a price.")
    if set(refused(stage, "no price is in force yet").codes) != {NO_PRICE}:
        raise StoryBroken("refused, but not only because no price is in force yet")
    if clock_now() >= valid_from:
        raise StoryBroken("this machine is too slow to see the moment before the price")
    _ask(school, valid_from - SECOND, {NO_PRICE})
    _ask(school, valid_from + SECOND, set())
    teller.say(
        f"Before that moment her card is refused [{NO_PRICE}]. Asked by date: a second before, refused for "
        "that alone; a second after, nothing stands against it."
    )
    time.sleep(max((valid_from + SECOND - clock_now()).total_seconds(), 0))
    teller.say("A second after: everything is in order for Alice.")
    return paper


def _ask(school: School, at: datetime, codes: set[str]) -> None:
    found = check(user=school.student, instrument=school.instrument, at=at, now=clock_now(), asked_by="story")
    if set(found.codes) != codes:
        raise StoryBroken(f"at {at:%H:%M:%S} the gate says {sorted(found.codes)}, not {sorted(codes)}")
