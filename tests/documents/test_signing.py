"""Electronic signatures: made only where the installation has a key, whole to the byte, and told on the check
page. The clock of a signature is the machine's own.
"""

import asyncio
import io
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from documents import signing, store
from documents.models import Document, Rendition
from documents.operations import seal
from documents.proof import prove
from documents.queries import sealed_bytes
from documents.sheets import Imprint, make_pdf
from tests.documents.conftest import Read
from tests.documents.keys import DAY, NAME, certificate_of, new_key, pem
from tests.documents.papers import FROM, certificate

PASSPHRASE = "correct horse battery staple"
IMPRINT = Imprint(number="SJZ-2026-00042", grouped_code="7K3M-9QXT-2B4C-H8WD", issued_at=FROM)


@pytest.fixture
def signs(settings: Settings) -> None:
    """This installation has a key."""
    key = new_key()
    settings.DOCUMENTS_SIGNING_KEY = pem(key, PASSPHRASE)
    settings.DOCUMENTS_SIGNING_CERTIFICATE = certificate_of(key)
    settings.DOCUMENTS_SIGNING_PASSPHRASE = PASSPHRASE


@pytest.fixture(scope="module")
def plain() -> bytes:
    """A paper that nobody signed."""
    return make_pdf(certificate(), language="en", imprint=IMPRINT)


def page_of(document: Document) -> str:
    """The check page in English."""
    address = reverse("document_check", args=[document.grouped_code])
    return Client(headers={"accept-language": "en"}).get(address).content.decode()


@pytest.mark.usefixtures("signs")
def test_a_file_is_signed_and_inspected_where_an_event_loop_runs_already(plain: bytes) -> None:
    async def within_a_loop() -> signing.Signature | None:
        return signing.inspect(signing.sign(plain))

    # In a thread of its own: in this one a browser test before it may have left a loop running.
    with ThreadPoolExecutor(max_workers=1) as elsewhere:
        found = elsewhere.submit(lambda: asyncio.run(within_a_loop())).result()
    assert found is not None
    assert found.is_intact


@pytest.mark.django_db
def test_without_a_key_nothing_is_signed_and_the_check_page_says_so(paper: Document, now: datetime) -> None:
    assert not signing.is_configured()
    rendition = seal(document=paper, language="zh-hans", now=now)
    assert rendition.signer == ""
    assert signing.inspect(sealed_bytes(rendition)) is None
    assert "None: this file is not signed electronically." in page_of(paper)


@pytest.mark.django_db
@pytest.mark.usefixtures("signs")
def test_a_sealed_file_carries_the_institution_s_signature_and_the_check_page_names_it(
    paper: Document, now: datetime, read: Read
) -> None:
    rendition = seal(document=paper, language="zh-hans", now=now)
    pdf = sealed_bytes(rendition)
    found = signing.inspect(pdf)
    assert found is not None
    assert (found.signer, found.is_intact, rendition.signer) == (NAME, True, NAME)
    assert found.signed_at is not None
    assert abs(found.signed_at - datetime.now(UTC)) < timedelta(minutes=10)
    assert (sha256(pdf).hexdigest(), len(pdf)) == (rendition.sha256, rendition.size)
    page = page_of(paper)
    assert NAME in page
    assert "not signed electronically" not in page
    assert paper.content_digest in read(pdf, "pdfinfo")


@pytest.mark.once
@pytest.mark.usefixtures("signs")
def test_the_signed_file_begins_with_the_rendered_bytes(plain: bytes, read: Read) -> None:
    signed = signing.sign(plain)
    assert signed.startswith(plain)
    assert read(signed) == read(plain)
    told = read(signed, "pdfinfo")
    assert certificate().digest() in told
    assert "Tagged:          yes" in told


@pytest.mark.once
@pytest.mark.usefixtures("signs")
def test_one_changed_byte_is_found_wherever_it_is(plain: bytes) -> None:
    signed = signing.sign(plain)
    held = signing.inspect(signed)
    assert held is not None
    assert held.is_intact
    versions = [match.start() + 5 for match in re.finditer(rb"0201013", signed[len(plain) :])]
    room = range(len(plain), len(signed), 61)  # and in what was added, the signature's own room with it
    places = [*range(20, len(plain), len(plain) // 30), *room, *(len(plain) + one for one in versions)]
    for place in places:
        changed = bytearray(signed)
        changed[place] ^= 1
        found = signing.inspect(bytes(changed))
        assert found is None or not found.is_intact, place


@pytest.mark.once
@pytest.mark.usefixtures("signs")
def test_what_was_added_after_the_signature_is_found_too(plain: bytes) -> None:
    signed = signing.sign(plain)
    for added in (b"\n", b"% more\n", signed[len(plain) :]):
        found = signing.inspect(signed + added)
        assert found is None or not found.is_intact


@pytest.mark.once
def test_a_signature_by_somebody_else_names_somebody_else(plain: bytes, settings: Settings) -> None:
    key = new_key("rsa")
    settings.DOCUMENTS_SIGNING_KEY = pem(key)
    settings.DOCUMENTS_SIGNING_CERTIFICATE = certificate_of(key, common_name="Mallory")
    found = signing.inspect(signing.sign(plain))
    assert found is not None
    assert (found.signer, found.is_intact) == ("Mallory", True)


@pytest.mark.once
def test_a_certificate_without_a_common_name_is_named_by_its_subject(settings: Settings) -> None:
    key = new_key()
    settings.DOCUMENTS_SIGNING_KEY = pem(key)
    settings.DOCUMENTS_SIGNING_CERTIFICATE = certificate_of(key, common_name="")
    assert signing.signer_name() == "O=青屿大学"


@pytest.mark.once
def test_a_file_that_is_no_pdf_is_not_intact() -> None:
    assert signing.inspect(b"hello") == signing.Signature(signer="", signed_at=None, is_intact=False)


@pytest.mark.django_db
@pytest.mark.usefixtures("signs")
def test_the_same_content_gives_the_same_digest_however_often_it_is_rendered_and_signed(
    paper: Document, now: datetime, read: Read
) -> None:
    told = [
        read(sealed_bytes(seal(document=paper, language=language, now=now)), "pdfinfo")
        for language in ("zh-hans", "en")
    ]
    assert all(paper.content_digest in one for one in told)
    assert Rendition.objects.count() == 2
    assert prove().problems == ()


@pytest.mark.django_db
@pytest.mark.usefixtures("signs")
def test_the_archive_proves_the_signatures_of_its_files(paper: Document, now: datetime, plain: bytes) -> None:
    Rendition.objects.create(
        document=paper,
        language="en",
        sha256=store.put(plain),
        size=len(plain),
        signer=NAME,
        made_at=now,
    )
    assert prove().problems == (f"{paper} (en): the electronic signature of {NAME} does not hold",)
    with pytest.raises(SystemExit):
        call_command("documents_prove", stdout=io.StringIO())


def broken(settings: Settings, how: str) -> None:
    """Set key and certificate, one of them wrong."""
    key = new_key({"short": "short", "curve": "ed25519"}.get(how, "ec"))
    settings.DOCUMENTS_SIGNING_PASSPHRASE = "wrong" if how == "passphrase" else PASSPHRASE
    settings.DOCUMENTS_SIGNING_KEY = "" if how == "half" else pem(key, PASSPHRASE)
    if how == "garbage":
        told = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"
    else:
        told = certificate_of(
            new_key() if how == "other" else key, until=-DAY if how == "expired" else 365 * DAY
        )
    settings.DOCUMENTS_SIGNING_CERTIFICATE = told


WRONG = {
    "half": "belong together",
    "passphrase": "cannot be read",
    "garbage": "cannot be read",
    "other": "another key",
    "expired": "until",
    "short": "2048",
    "curve": "elliptic curve",
}


@pytest.mark.once
@pytest.mark.parametrize("how", WRONG)
def test_a_key_that_cannot_be_used_signs_nothing_and_its_secret_is_not_told(
    how: str, plain: bytes, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    broken(settings, how)
    with caplog.at_level(logging.ERROR), pytest.raises(signing.Unsigned) as refused:
        signing.sign(plain)
    assert (refused.value.code, refused.value.status) == ("documents.unsigned", 503)
    assert WRONG[how] in caplog.text
    for secret in (PASSPHRASE, "PRIVATE KEY", "wrong"):
        assert secret not in caplog.text
        assert secret not in str(refused.value.message)


@pytest.mark.django_db
def test_while_the_key_cannot_be_used_no_unsigned_file_leaves_and_nothing_is_lost(
    paper: Document, now: datetime, settings: Settings
) -> None:
    broken(settings, "expired")
    with pytest.raises(signing.Unsigned):
        seal(document=paper, language="zh-hans", now=now)
    assert not Rendition.objects.exists()
    broken(settings, "")
    assert seal(document=paper, language="zh-hans", now=now).signer == NAME
