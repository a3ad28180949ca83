"""Which card a person holds. It owns the choice among several; what a card is worth as identification is the
business of `standing`.
"""

from datetime import datetime

from apps.core.periods import in_force
from apps.people.models import Card


def card_of(user_id: int, at: datetime) -> str:
    """The digest of the card that the person got last, of those in force; '' without any. One query."""
    cards = Card.objects.filter(in_force(at), user_id=user_id).order_by("-valid_from", "-pk")
    return cards.values_list("digest", flat=True).first() or ""
