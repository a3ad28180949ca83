"""Which revision of a draft a page has shown, as its form sends it back."""

from django.http import HttpRequest

_MOST_DIGITS = 9  # of a whole number of the database
NEVER = 0  # no draft has this revision: whatever names it is refused as out of date


def shown_revision(request: HttpRequest) -> int:
    """The revision in a posted form; NEVER where that cannot be read, so that nothing is saved over, or sent,
    that nobody has seen.
    """
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= _MOST_DIGITS else NEVER
