"""Secrets of people at rest: encrypted and authenticated with a key that is derived from SECRET_KEY, another
one for each purpose. A secret that a later key cannot open is lost, and its owner enters it again.
"""

import base64
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """Sealed under a key that is gone, or altered."""


@dataclass(frozen=True)
class Seal:
    """Seals and opens the secrets of one purpose: `Seal("clearbench notices: addresses, version 1")`. What is
    sealed for one opens for no other. The words are part of the key and never change.
    """

    purpose: str

    def seal(self, text: str) -> str:
        """The text, sealed with the present key."""
        return self._keys().encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text again, also when it was sealed with one of SECRET_KEY_FALLBACKS. Raises Unreadable."""
        try:
            return self._keys().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable from None

    def _keys(self) -> MultiFernet:
        return MultiFernet([self._key(one) for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])

    def _key(self, secret: str) -> Fernet:
        info = self.purpose.encode()
        derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret.encode())
        return Fernet(base64.urlsafe_b64encode(derived))
