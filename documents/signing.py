"""The only door to pyHanko: an electronic signature inside a finished PDF (PAdES, baseline B-B), made with
the institution's own certificate. Optional: without key and certificate in the environment nothing is
signed.

The signature is appended, so the file begins with the very bytes that were rendered; it certifies the file
as final, and one changed byte shows. Nothing is fetched: no time stamp, no revocation list. Whether the
certificate deserves trust is the reader's question; whether the file is the one that was signed is answered
here.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from io import BytesIO
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Refusal

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
FIELD = "Institution"
SMALLEST_RSA = 2048  # bits


class Unsigned(Refusal):
    """This installation signs its papers and cannot do so now; no unsigned file leaves it meanwhile."""

    code = "documents.unsigned"
    status = 503


@dataclass(frozen=True)
class Signature:
    """What a file says of its signature. `is_intact`: the whole file, byte by byte, is what was signed."""

    signer: str
    signed_at: datetime | None  # as the signer's own clock said
    is_intact: bool


@dataclass(frozen=True)
class _Keys:
    """A private key and its certificate, leaf first, as PEM."""

    key: str
    certificate: str
    passphrase: str


def is_configured() -> bool:
    """Whether this installation signs its papers."""
    return bool(settings.DOCUMENTS_SIGNING_KEY or settings.DOCUMENTS_SIGNING_CERTIFICATE)


def signer_name() -> str:
    """Whose certificate it is, as the check page names them: the common name, else the whole subject."""
    leaf = _certificates(_keys())[0]
    names = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else leaf.subject.rfc4514_string()


def sign(pdf: bytes) -> bytes:
    """The file with the institution's signature. Raises Unsigned, and logs why, when key or certificate
    cannot be used.
    """
    problem = configuration_problem(settings) or _out_of_date(datetime.now(UTC))
    if problem:
        log.error("papers cannot be signed: %s", problem)
        raise Unsigned(
            _(
                "Papers of this site are signed electronically, and its key cannot be used now. "
                "The administrator has to renew it; nothing is lost meanwhile."
            )
        )
    signers, fields = import_module("pyhanko.sign.signers"), import_module("pyhanko.sign.fields")
    writer = import_module("pyhanko.pdf_utils.incremental_writer").IncrementalPdfFileWriter(BytesIO(pdf))
    about = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    signed = BytesIO()
    signer = signers.PdfSigner(about, signer=_signer(_keys()))
    _beside_any_event_loop(lambda: signer.sign_pdf(writer, output=signed))
    return signed.getvalue()


def inspect(pdf: bytes) -> Signature | None:
    """What a file's signature says; None when it has none. Whatever cannot be read as it should is not
    intact.
    """
    reader = import_module("pyhanko.pdf_utils.reader").PdfFileReader
    validation = import_module("pyhanko.sign.validation")
    context = import_module("pyhanko_certvalidator").ValidationContext
    try:
        found = reader(BytesIO(pdf)).embedded_signatures
        if not found:
            return None
        trusted = context(trust_roots=[found[-1].signer_cert], allow_fetching=False)
        status = _beside_any_event_loop(lambda: validation.validate_pdf_signature(found[-1], trusted))
        whole = status.coverage == validation.SignatureCoverageLevel.ENTIRE_FILE and _is_whole(found[-1], pdf)
    except Exception:  # damaged files break the reader in as many ways as there are
        log.info("a signature cannot be read", exc_info=True)
        return Signature(signer="", signed_at=None, is_intact=False)
    return Signature(
        signer=str(found[-1].signer_cert.subject.native.get("common_name", "")),
        signed_at=status.signer_reported_dt,
        is_intact=bool(status.intact and status.valid and whole),
    )


def _beside_any_event_loop(work: Callable[[], Answer]) -> Answer:
    """What `work` answers, from a thread of its own: pyHanko runs an event loop for each signature, which
    a thread with a running one (an ASGI server's, a browser test's) refuses.
    """
    with ThreadPoolExecutor(max_workers=1) as one:
        return one.submit(work).result()


def _is_whole(signature: Any, pdf: bytes) -> bool:
    """Whether the room of the signature, the one part of a file that no signature covers, is as it was
    written: nothing but zeros after the container, the certificate that was signed with, one algorithm, the
    version that belongs to them (RFC 5652).
    """
    container = signature.pkcs7_content
    _start, first, second, _length = (int(one) for one in signature.byte_range)
    written = pdf[first + 1 : second - 1]
    data, signer = signature.signed_data, signature.signer_info
    end = container.index(data.dump()) + len(data.dump())
    hashes = [
        one["cert_hash"].native
        for attribute in signer["signed_attrs"]
        if attribute["type"].native == "signing_certificate_v2"
        for one in attribute["values"][0]["certs"]
    ]
    return (
        written in (container.hex().encode(), container.hex().upper().encode())
        and not any(container[end:])
        and (data["version"].native, signer["version"].native) == ("v1", "v1")
        and hashes == [sha256(signature.signer_cert.dump()).digest()]
        and [one.dump() for one in data["digest_algorithms"]] == [signer["digest_algorithm"].dump()]
    )


def configuration_problem(configured: Any) -> str:
    """What is wrong with key and certificate, without repeating a secret; empty when nothing is or none is
    configured. A certificate whose time is over is not among it: no site stops running for that.
    """
    keys = _keys(configured)
    if not (keys.key or keys.certificate):
        return ""
    if not (keys.key and keys.certificate):
        return "a key and a certificate belong together, and one of them is missing"
    try:
        private, [leaf, *_chain] = _private_key(keys), _certificates(keys)
    except (ValueError, TypeError):
        return "key, passphrase or certificate cannot be read"
    return _unfit(private, leaf)


def _out_of_date(now: datetime) -> str:
    leaf = _certificates(_keys())[0]
    if leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc:
        return ""
    return f"the certificate counts from {leaf.not_valid_before_utc} until {leaf.not_valid_after_utc} only"


def _unfit(private: Any, leaf: x509.Certificate) -> str:
    if private.public_key() != leaf.public_key():
        return "the certificate belongs to another key"
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= SMALLEST_RSA:
        return ""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return ""
    return f"the key is neither RSA of {SMALLEST_RSA} bits or more nor on an elliptic curve of NIST"


def _keys(configured: Any = settings) -> _Keys:
    return _Keys(
        configured.DOCUMENTS_SIGNING_KEY,
        configured.DOCUMENTS_SIGNING_CERTIFICATE,
        configured.DOCUMENTS_SIGNING_PASSPHRASE,
    )


def _private_key(keys: _Keys) -> Any:
    return load_pem_private_key(keys.key.encode(), keys.passphrase.encode() or None)


def _certificates(keys: _Keys) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(keys.certificate.encode())


@lru_cache(maxsize=1)
def _signer(keys: _Keys) -> Any:
    """Read once: opening a key that a passphrase protects is slow on purpose."""
    load = import_module("pyhanko.keys")
    chain = list(load.load_certs_from_pemder_data(keys.certificate.encode()))
    return import_module("pyhanko.sign.signers").SimpleSigner(
        signing_cert=chain[0],
        signing_key=load.load_private_key_from_pemder_data(
            keys.key.encode(), keys.passphrase.encode() or None
        ),
        cert_registry=import_module("pyhanko_certvalidator.registry").SimpleCertificateStore.from_certs(
            chain[1:]
        ),
    )
