"""The same content has the same digest, whatever order, offset or way of typing it came in."""

import json
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.parameters import PARAMETERS
from documents.canonical import NotCanonical, canonical, decode, digest, encode, texts
from documents.contexts import Context, Words
from documents.kinds import KINDS, thaw
from tests.documents.official_papers import SAMPLES as OFFICIAL
from tests.documents.papers import case, certificate, facility_table, hosting_statement, sample_report

pytestmark = pytest.mark.once

SAMPLES: tuple[Context, ...] = (
    *(certificate(), case(), sample_report(), hosting_statement(), facility_table()),
    *OFFICIAL,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds


@dataclass(frozen=True)
class Leaf:
    """One of every kind of member."""

    text: str
    number: int
    flag: bool
    day: date
    at: datetime | None = None
    said: str | Words = ""


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    grid: tuple[tuple[str, ...], ...] = ()


WORDS = st.builds(Words, TEXT, TEXT)
LEAVES = st.builds(
    Leaf,
    text=TEXT,
    number=st.integers(),
    flag=st.booleans(),
    day=st.dates(),
    at=st.none() | MOMENTS,
    said=TEXT | WORDS,
)
TREES = st.builds(
    Tree,
    leaves=st.lists(LEAVES, max_size=3).map(tuple),
    grid=st.lists(st.lists(TEXT, max_size=3).map(tuple), max_size=3).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TREES)
def test_what_was_written_down_reads_back_and_is_written_the_same(tree: Tree) -> None:
    written = canonical(encode(tree))
    again = decode(Tree, json.loads(written))
    assert canonical(encode(again)) == written
    assert [leaf.at for leaf in again.leaves] == [leaf.at for leaf in tree.leaves]
    assert [leaf.number for leaf in again.leaves] == [leaf.number for leaf in tree.leaves]
    assert decode(Tree, encode(again)) == again


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first trees load the tables of Unicode
@given(TREES, TREES)
def test_two_contents_share_a_digest_only_when_they_say_the_same(one: Tree, other: Tree) -> None:
    same = encode(one) == encode(other)
    assert (digest(canonical(encode(one))) == digest(canonical(encode(other)))) == same


@given(st.dictionaries(TEXT, st.integers() | TEXT, max_size=6))
def test_the_order_of_the_keys_plays_no_part(data: dict[str, int | str]) -> None:
    backwards = dict(reversed(data.items()))
    assert canonical(data) == canonical(backwards)
    assert json.loads(canonical(data)) == data


@given(MOMENTS, ZONES)
def test_a_moment_is_the_same_in_every_time_zone(at: datetime, zone: timezone) -> None:
    assert encode(at) == encode(at.astimezone(zone))
    assert datetime.fromisoformat(encode(at)) == at


@given(TEXT)
def test_a_text_is_the_same_however_its_letters_are_composed(text: str) -> None:
    assert encode(unicodedata.normalize("NFD", text)) == encode(unicodedata.normalize("NFC", text))


def test_a_form_sent_by_a_browser_ends_its_lines_like_any_other() -> None:
    assert encode("一\r\n二\r三\n") == "一\n二\n三\n"


@pytest.mark.parametrize(
    "value",
    [1.5, {"a": 1}, [1], {1}, b"x", datetime(2026, 1, 1), (1, 0.1), object()],  # noqa: DTZ001
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        encode(value)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"zh": "x", "de": "y"}, ""),
        ({"en": "x"}, ""),
        ({"zh": 1}, "zh"),
        ([], ""),
    ],
)
def test_data_of_another_shape_is_refused_with_the_place(data: object, path: str) -> None:
    with pytest.raises(NotCanonical) as refused:
        decode(Words, data)
    assert refused.value.path == path


def test_a_digest_is_pinned_for_ever() -> None:
    """Anybody can repeat it: printf '{"en":"b","zh":"一"}' | sha256sum"""
    text = canonical(encode(Words("一", "b")))
    assert text == '{"en":"b","zh":"一"}'
    assert digest(text) == "8a425d728ada1547efe1c50e70701dff0c6d6fe79ca3a517b5745467f04ff723"


@pytest.mark.parametrize("said", SAMPLES, ids=lambda said: str(said.kind))
def test_every_kind_is_thawed_as_it_was_frozen(said: Context) -> None:
    assert thaw(said.content()) == said
    assert thaw(said.content()).digest() == said.digest()


def test_there_is_a_sample_of_every_kind() -> None:
    assert {said.kind for said in SAMPLES} == set(KINDS)


def test_one_changed_letter_changes_the_digest() -> None:
    assert certificate().digest() == certificate().digest()
    assert certificate(Words("艾莉", "Alice")).digest() != certificate().digest()


def test_content_frozen_before_a_member_existed_still_reads_and_keeps_its_digest() -> None:
    data = json.loads(certificate().content())
    del data["content"]["place"]
    old = canonical(data)
    assert thaw(old) == replace(certificate(), place=Words(""))
    assert digest(old) != thaw(old).digest()  # so a digest is always taken of what is stored


@pytest.mark.parametrize("change", [{"kind": "banknote"}, {"schema": 99}])
def test_content_of_an_unknown_kind_or_schema_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(NotCanonical):
        thaw(canonical({**json.loads(certificate().content()), **change}))


def test_every_text_is_found_with_its_place() -> None:
    found = dict(texts(encode(case())))
    assert found["applicant.zh"] == "艾丽"
    assert found["sections[0].tables[0].rows[1][2]"] == "3.5 h"


def test_the_kinds_have_numbers_that_cannot_be_taken_for_each_other() -> None:
    own = [kind.number(2026, 7) for kind in KINDS.values() if not kind.is_official]
    prefixes = ("SJZ", "SPD", "JCBG", "TGDZ", "NDKH")
    assert own == [f"{prefix}-2026-00007" for prefix in prefixes]
    official = [kind for kind in KINDS.values() if kind.is_official]
    assert {kind.number(2026, 7, "青屿设备") for kind in official} == {"青屿设备\u30142026\u30157号"}
    assert len({PARAMETERS[kind.word_parameter].default for kind in official}) == len(official) == 7
    assert certificate().period == (
        datetime(2026, 11, 22, 16, tzinfo=UTC),
        datetime(2028, 11, 22, 16, tzinfo=UTC),
    )
