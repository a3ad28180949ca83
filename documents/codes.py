"""The sheet that is put up at an instrument: its QR code, large enough to be read at arm's length, and its
name and number to type when a camera fails. Pure: reads templates, no database.
"""

from dataclasses import dataclass

from django.template.loader import render_to_string

from documents import fonts
from documents.render import render_pdf
from documents.sheets import qr_image


@dataclass(frozen=True)
class Plate:
    """What stands on one sheet; `address` is absolute."""

    address: str
    number: str
    name_zh: str
    name_en: str
    place_zh: str
    place_en: str


def print_plate(plate: Plate) -> bytes:
    """The sheet as PDF, one page A4, in Chinese and English. A character that the fonts cannot draw is
    printed as its code point.
    """
    html = render_to_string("documents/plate.html", {"plate": plate, "qr": qr_image(plate.address)})
    return render_pdf(fonts.substitute(html))
