"""Both languages are whole: nothing untranslated in the catalogues, and no word of the one on a page in the
other, except in what is data and marked as such.
"""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.billing.operations import charge_record
from apps.clearances import gate
from apps.core.outbox import WORKER, relay
from apps.people.operations import block_card
from apps.people.queries import cards_of
from devices.ingest.refusals import ANYBODY
from scripts.messages import SOURCE, TRANSLATED, catalogue, read
from tests.web.conftest import SignedIn
from tests.web.scene import DEV, HOUR, Scene

pytestmark = pytest.mark.once  # words are the same on every database

HAN = re.compile(r"[\u3400-\u9fff]")
# Two or more English words in a row: one alone may be a name that has no other (Excel, MQTT, FE-SEM).
ENGLISH = re.compile(r"\b[A-Za-z]{3,}[ ,]+[a-z]{2,}\b")
UNSEEN = frozenset({"script", "style", "option"})  # an option cannot carry a mark for its language
HEAD_TITLE = frozenset({"head", "title"})  # nor can a part of a page's title, which its heading says again
VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "use", "path"})


class Reader(HTMLParser):
    """The words of a page, each with the language it is marked with."""

    def __init__(self) -> None:
        super().__init__()
        self.languages: list[str] = []
        self.hidden: list[str] = []
        self.words: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        language = told.get("lang") or (self.languages[-1] if self.languages else "")
        for name in ("aria-label", "placeholder", "title", "alt", "data-label"):
            if told.get(name):
                self.words.append((language, str(told[name])))
        if tag not in VOID:
            self.languages.append(language)
            self.hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self.hidden:
            self.languages.pop()
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        inside = set(self.hidden)
        if data.strip() and not UNSEEN & inside and not inside >= HEAD_TITLE:
            self.words.append((self.languages[-1] if self.languages else "", data.strip()))


def _words(client: Client, addresses: list[str]) -> list[tuple[str, str, str]]:
    found = []
    for address in addresses:
        reader = Reader()
        reader.feed(client.get(address).content.decode())
        found += [(address, language, text) for language, text in reader.words]
    return found


def _addresses(scene: Scene) -> list[str]:
    people = scene.people
    bobs = gate.check(user=people.bob, instrument=people.sem, at=scene.now, now=scene.now, asked_by="test")
    sem = people.sem.asset_no
    named = ["home", "instrument_list", "booking_list", "usage_list", "wall", "controller_list", "mfa_index"]
    named += ["mfa_list_webauthn"]
    named += ["notice_list", "notice_preferences"]
    named += ["token_list", "api_docs", "booking_calendar"]
    return [
        *(reverse(name) for name in named),
        reverse("account_change_password"),
        reverse("account_reauthenticate"),
        reverse("instrument_list") + "?q=nothing",
        reverse("controller_list") + "?q=nothing",
        reverse("instrument_detail", args=[sem]),
        reverse("instrument_lock", args=[sem]),
        reverse("instrument_condition", args=[sem]),
        reverse("booking_create", args=[sem]) + "?start=2026-11-24T10:00&end=2026-11-24T12:00",
        reverse("booking_cancel", args=[scene.booking.ulid]),
        reverse("booking_terms", args=[sem]),
        reverse("wall_lock", args=[DEV, 1]),
        reverse("decision_detail", args=[bobs.decision]),
        "/nowhere/",
    ]


@pytest.fixture
def crawled(scene: Scene, signed_in: SignedIn) -> tuple[Scene, list[Client]]:
    """A school in which something has happened, and the people who between them see every page."""
    charge_record(record=scene.use(30), now=scene.now + HOUR)
    scene.connect()
    scene.refuse("replay.hb", 3)
    scene.refuse("device.unknown", 2, dev=ANYBODY)
    people = scene.people
    block_card(card=cards_of(people.alice, scene.now)[0], reason="遗失", by=people.alice, now=scene.now)
    relay(channel=WORKER, now=scene.now)
    return scene, [signed_in(user) for user in (people.alice, people.bob, people.office)]


def test_an_english_page_has_no_chinese_outside_data(crawled: tuple[Scene, list[Client]]) -> None:
    scene, clients = crawled
    addresses = _addresses(scene)
    wrong = set()
    for client in clients:
        client.cookies["django_language"] = "en"
        wrong |= {
            (address, text)
            for address, language, text in _words(client, addresses)
            if HAN.search(text) and not language.startswith("zh") and text != "中文"
        }
    assert wrong == set()


def test_a_chinese_page_has_no_english_outside_data(crawled: tuple[Scene, list[Client]]) -> None:
    scene, clients = crawled
    addresses = _addresses(scene)
    wrong = set()
    for client in clients:
        wrong |= {
            (address, text)
            for address, language, text in _words(client, addresses)
            if ENGLISH.search(text) and not language.startswith("en")
        }
    assert wrong == set()


@pytest.mark.parametrize("language", [SOURCE, TRANSLATED])
def test_a_catalogue_is_complete_and_compiled(language: str, tmp_path: Path) -> None:
    source = catalogue(language)
    entries = read(source)
    assert [entry.source for entry in entries if not entry.words or not all(entry.words.values())] == []
    assert shutil.which("msgfmt"), "gettext is missing: make system"
    fresh = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", fresh, source], check=True)
    assert fresh.read_bytes() == source.with_suffix(".mo").read_bytes(), "run: make messages"


def test_both_catalogues_have_the_same_strings() -> None:
    english, chinese = ({entry.key for entry in read(catalogue(one))} for one in (SOURCE, TRANSLATED))
    assert english == chinese


def test_the_school_speaks_chinese_unless_asked() -> None:
    assert settings.LANGUAGE_CODE == "zh-hans"


def chinese_on(addresses: list[str], clients: list[Client]) -> set[tuple[str, str]]:
    """Chinese outside of data on the English pages, each with its address."""
    found = set()
    for client in clients:
        client.cookies["django_language"] = "en"
        found |= {
            (address.partition("?")[0], text)
            for address, language, text in _words(client, addresses)
            if HAN.search(text) and not language.startswith("zh") and text != "中文"
        }
    return found


def english_on(addresses: list[str], clients: list[Client]) -> set[tuple[str, str]]:
    """English outside of data on the Chinese pages, each with its address."""
    return {
        (address.partition("?")[0], text)
        for client in clients
        for address, language, text in _words(client, addresses)
        if ENGLISH.search(text) and not language.startswith("en")
    }
