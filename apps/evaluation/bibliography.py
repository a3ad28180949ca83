"""DOIs and titles in one form, so that one paper is found again however it was typed. Pure."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

# ISO 26324: the prefix is 10. and digits, in parts; the suffix any printing characters.
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\"<>]{1,180}")
LONGEST = 200  # signs of a DOI
_BEFORE = re.compile(r"^(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_ENDING = ".,;\u3002\uff0c\uff1b"  # what sentences leave behind a DOI


def normal_doi(text: str) -> str:
    """A DOI in small letters, without the address or the `doi:` before it; '' for none. Raises Invalid
    `evaluation.doi`.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return ""
    found = _BEFORE.sub("", text).strip()
    found = found.rstrip(_ENDING).lower()
    if not _balanced(found):
        found = found.rstrip(_ENDING + ")]}")
    if len(found) > LONGEST or not _DOI.fullmatch(found):
        raise Invalid(
            _("This is no DOI. It begins with 10. and has a slash, like 10.1038/nature12373."),
            code="evaluation.doi",
            field="doi",
        )
    return found


def title_key(title: str) -> str:
    """A title without case, blanks and punctuation: what stays when it is typed by two people. Raises Invalid
    `evaluation.paper_title` for one of which nothing stays.
    """
    plain = unicodedata.normalize("NFKC", title).casefold()
    key = "".join(sign for sign in plain if sign.isalnum())[:500]
    if not key:
        raise Invalid(_("Give the title of the paper."), code="evaluation.paper_title", field="title")
    return key


def _balanced(text: str) -> bool:
    """Whether a DOI that ends with a bracket opened one: 10.1016/s0022(00)00001 keeps its own."""
    return text.count("(") == text.count(")") and text.count("[") == text.count("]")
