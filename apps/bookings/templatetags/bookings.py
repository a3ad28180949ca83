"""How a free stretch becomes a link that fills the booking form in."""

from urllib.parse import urlencode

from django import template

from apps.bookings.calendar import Proposal
from apps.bookings.forms import suggested

register = template.Library()


@register.simple_tag
def slot_query(proposal: Proposal) -> str:
    """The query string of a proposal."""
    return urlencode(suggested(proposal.start, proposal.end))
