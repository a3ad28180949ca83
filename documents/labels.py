"""Labels for things: a sheet of 24 on A4 (3 x 8, 70 x 37 mm, as such sheets are sold), each with a QR
code that leads to the thing's page, its code, a few words and a warning. Not numbered, not stored,
proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation

from documents import fonts
from documents.render import render_pdf
from documents.sheets import qr_image

ON_A_SHEET = 24


@dataclass(frozen=True, kw_only=True)
class Label:
    """What stands on one label. `address` is absolute; `warning` is printed in a frame, empty for none."""

    code: str
    address: str
    lines: tuple[str, ...] = ()
    warning: str = ""


def print_labels(labels: Sequence[Label], *, title: str, language: str) -> bytes:
    """The labels as PDF, in their order. A character without a glyph is printed as its code point."""
    drawn = [(label, qr_image(label.address)) for label in labels]
    sheets = [drawn[first : first + ON_A_SHEET] for first in range(0, len(drawn), ON_A_SHEET)]
    chinese = language.startswith("zh")
    with translation.override(language):
        html = render_to_string(
            "documents/labels.html",
            {
                "title": title,
                "sheets": sheets,
                "language": "zh-Hans" if chinese else language,
                "chinese": chinese,
            },
        )
    return render_pdf(fonts.substitute(html))
