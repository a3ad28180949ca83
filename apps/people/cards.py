"""Campus cards as the system knows them: a keyed digest, never the UID. Whoever steals the table or a
controller learns no card.
"""

import base64
import hashlib
import hmac
import re

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

_UID = re.compile(r"(?:[0-9A-F]{2}){4,10}")


def card_digest(uid: str, key: bytes) -> str:
    """The 22 characters under which a card is known: base64url, unpadded, of the first 16 bytes of
    HMAC-SHA256 over its UID.

    `uid` is hexadecimal, 4 to 10 bytes; colons, spaces and case do not matter. Raises Invalid
    `people.card_uid`.
    """
    plain = re.sub(r"[\s:-]", "", uid).upper()
    if not _UID.fullmatch(plain):
        raise Invalid(_("A card's UID is 4 to 10 bytes in hexadecimal."), code="people.card_uid", field="uid")
    mac = hmac.new(key, plain.encode("ascii"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:16]).rstrip(b"=").decode("ascii")


def school_card_key() -> bytes:
    """The school's secret for card digests, from settings.CARD_KEY (base64url, padding optional)."""
    text = settings.CARD_KEY
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
