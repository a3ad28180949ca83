"""What the committed fonts can draw, and what happens to what they cannot."""

import re
from pathlib import Path

import pytest

from documents import fonts
from documents.canonical import encode
from documents.contexts import Context, Words
from documents.sheets import Imprint, compose
from scripts.processes import ROOT
from tests.documents.official_papers import SAMPLES
from tests.documents.papers import FROM, case, certificate, facility_table, hosting_statement, sample_report

pytestmark = pytest.mark.once

IMPRINT = Imprint(number="SJZ-2026-00042", grouped_code="7K3M-9QXT-2B4C-H8WD", issued_at=FROM)


@pytest.mark.parametrize(
    "name",
    ["艾丽", "㛃䶮𬱖𬭎堃頔喆玥昇", "阿卜杜拉·买买提", "Škoda Łukasz Gergő Nguyễn", "Жанна Ωmega", "ｱｲ カナ"],
)
def test_names_that_people_have_are_drawn(name: str) -> None:
    assert fonts.missing(name) == []


@pytest.mark.parametrize("encoding", ["gb2312", "gbk"])
def test_the_usual_character_sets_are_drawn_whole(encoding: str) -> None:
    # The two that the source lacks: a control character, and the sign 'approximately equal to the image of'.
    absent = {"\x7f", "\u2252"}
    everything = set()
    for codepoint in range(0x20, 0x10000):
        try:
            chr(codepoint).encode(encoding)
        except UnicodeEncodeError:
            continue
        everything.add(chr(codepoint))
    assert len(everything) > 7000
    assert {one for one in everything if fonts.missing(one)} <= absent


@pytest.mark.parametrize("one", ["𰻝", "👍", "\u202e", "\u200b", "\x00", "\ufeff", "\ud800", "\ue000", "한"])
def test_what_cannot_be_drawn_or_seen_is_found(one: str) -> None:
    assert fonts.missing(f"a{one}b{one}") == [one]


def test_a_name_with_a_character_that_no_font_has_is_refused_and_the_character_named() -> None:
    context = certificate(Words("张𰻝", "Zhang\u202e"))
    with pytest.raises(fonts.MissingGlyph) as refused:
        fonts.refuse_missing(encode(context))
    assert refused.value.code == "documents.missing_glyph"
    assert refused.value.status == 422
    assert refused.value.field == "holder.zh"
    assert "𰻝 (U+30EDD), U+202E" in str(refused.value.message)
    assert refused.value.details["characters"] == [
        {"character": "𰻝", "code": "U+30EDD", "where": "holder.zh"},
        {"character": "", "code": "U+202E", "where": "holder.en"},
    ]


def test_a_working_print_writes_the_code_point_instead() -> None:
    assert fonts.substitute("同意👍\n\tok") == "同意[U+1F44D]\n\tok"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    "said",
    [certificate(), case(), sample_report(), hosting_statement(), facility_table(), *SAMPLES],
    ids=lambda said: str(said.kind),
)
def test_the_papers_own_words_are_drawn_in_both_languages(said: Context, language: str) -> None:
    assert fonts.missing(compose(said, language=language, imprint=IMPRINT)) == []


def test_the_fonts_are_truetype_with_their_licences_and_the_recipe_names_each() -> None:
    readme = (fonts.FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(fonts.FILES) == 4
    for file in fonts.FILES:
        assert file.read_bytes()[:4] == b"\x00\x01\x00\x00", file.name
        assert re.search(rf"`{file.name}` \| [\d,]+ \| {file.stat().st_size:,} \|", readme), file.name
        licence = file.parent / f"LICENSE-{file.stem.rpartition('-')[0]}"
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text(encoding="utf-8")


def test_no_compressed_web_font_is_committed() -> None:
    """One takes minutes to subset, document after document."""
    found = [path for suffix in ("woff", "woff2") for path in (ROOT / "documents").rglob(f"*.{suffix}")]
    assert found == []
    assert Path(fonts.CONFIGURATION).is_file()
