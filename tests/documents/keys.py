"""Keys and certificates of a school that exists only in tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

DAY = timedelta(days=1)
NAME = "青屿大学大型仪器设备管理办公室"


def new_key(kind: str = "ec") -> Any:
    """A private key: 'ec', 'rsa', 'short' (RSA of 1024 bits) or 'ed25519'."""
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 1024 if kind == "short" else 2048)


def pem(key: Any, passphrase: str = "") -> str:
    """A private key written down."""
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode())


def certificate_of(key: Any, *, until: timedelta = 365 * DAY, common_name: str = NAME) -> str:
    """A certificate that the key issued to itself, as PEM."""
    now = datetime.now(UTC)
    names = [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "青屿大学")]
    if common_name:
        names.append(x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name))
    subject = x509.Name(names)
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now + until)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()
