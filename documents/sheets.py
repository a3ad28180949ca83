"""From a context to a paper: the template of its kind, in a language, with number, check code and QR
code. Pure: reads settings and templates, no database; the same content gives the same paper.
"""

from dataclasses import dataclass
from datetime import datetime

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from documents import fonts
from documents.contexts import CaseContext, Context
from documents.kinds import KINDS
from documents.official import OfficialContext
from documents.render import render_pdf
from documents.seals import seal_image

QR_QUIET = 4  # modules of white around the code, as ISO/IEC 18004 asks for


@dataclass(frozen=True, kw_only=True)
class Imprint:
    """What makes a content a numbered document."""

    number: str
    grouped_code: str  # '7K3M-9QXT-2B4C-H8WD'
    issued_at: datetime
    supersedes: str = ""  # the number of the voided one that this replaces
    bears_seal: bool = False  # whether the picture of the institution's seal is printed over the date

    @property
    def check_address(self) -> str:
        """The absolute address of the public check page, as the QR code holds it."""
        return f"{settings.SITE_URL.rstrip('/')}{reverse('document_check', args=[self.grouped_code])}"


def compose(context: Context, *, language: str, imprint: Imprint | None = None, diagram: str = "") -> str:
    """The paper as HTML. Without an imprint it is a working print that has no number and proves nothing."""
    kind = KINDS[context.kind]
    chinese = language.startswith("zh")
    address = imprint.check_address if imprint else getattr(context, "address", "")
    with translation.override(language):
        return render_to_string(
            kind.template,
            {
                "context": context,
                "imprint": imprint,
                "digest": context.digest(),
                "qr": qr_image(address) if address else "",
                "diagram": diagram,
                "seal": seal_image() if imprint and imprint.bears_seal else "",
                "language": "zh-Hans" if chinese else language,
                "other_language": "en" if chinese else "zh",
                "chinese": chinese,
            },
        )


def make_pdf(context: Context, *, language: str, imprint: Imprint) -> bytes:
    """A numbered document as PDF. Raises fonts.MissingGlyph when the fonts cannot draw all of it."""
    html = compose(context, language=language, imprint=imprint)
    fonts.refuse_missing(html)
    return render_pdf(html)


def print_case(context: CaseContext, language: str, *, diagram: str = "") -> bytes:
    """A case as PDF for the desk or the file: not numbered, not stored. A character that the fonts cannot
    draw is printed as its code point, '[U+1F44D]', so that an opinion with a smiley does not cost the
    page. `diagram`: a picture of the way that the case took, as a data: address; it gets a page of its own.
    """
    return render_pdf(fonts.substitute(compose(context, language=language, diagram=diagram)))


def print_draft(context: OfficialContext, language: str) -> bytes:
    """An official paper as PDF to be looked at before it is decided: without number, date and check code, and
    marked as a draft on every page. Not stored; a character without a glyph is printed as its code point.
    """
    return render_pdf(fonts.substitute(compose(context, language=language)))


def qr_image(text: str) -> str:
    """A QR code as a data: address of an SVG; medium error correction, which a fold or a stamp survives."""
    image: str = segno.make(text, error="m", micro=False).svg_data_uri(border=QR_QUIET, dark="#10233f")
    return image
