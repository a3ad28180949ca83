"""The check of the Chinese catalogue, proven by catalogues that lack something."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import catalogue

pytestmark = pytest.mark.once

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
COMPLETE = HEADER + 'msgid "Book a slot"\nmsgstr "预约机时"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny project with one marked string and a catalogue that is complete and compiled."""
    folder = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (tmp_path / "pages.py").write_text(
        'from django.utils.translation import gettext as _\n\nTITLE = _("Book a slot")\n'
    )
    (folder / "django.po").write_text(COMPLETE, encoding="utf-8")
    compile_catalogue(folder / "django.po")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    return tmp_path


def compile_catalogue(source: Path) -> None:
    subprocess.run(["msgfmt", "-o", str(source.with_suffix(".mo")), str(source)], check=True)


def verdict(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    return catalogue.main(), capsys.readouterr().out


def test_a_complete_and_compiled_catalogue_passes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict(capsys) == (0, "")


def test_a_marked_string_that_the_catalogue_lacks_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "pages.py").write_text(
        'from django.utils.translation import gettext as _\n\nTITLE = _("Cancel it")\n'
    )
    assert verdict(capsys) == (1, "not in the catalogue: 'Cancel it'\n")


@pytest.mark.parametrize(
    "spoiled", ['msgid "Book a slot"\nmsgstr ""\n', '#, fuzzy\nmsgid "Book a slot"\nmsgstr "大概"\n']
)
def test_an_empty_and_a_guessed_translation_are_complained_about(
    project: Path, capsys: pytest.CaptureFixture[str], spoiled: str
) -> None:
    source = project / "locale/zh_Hans/LC_MESSAGES/django.po"
    source.write_text(HEADER + spoiled, encoding="utf-8")
    compile_catalogue(source)
    code, told = verdict(capsys)
    assert code == 1
    assert "untranslated" in told or "fuzzy" in told


def test_a_catalogue_that_was_not_compiled_again_is_complained_about(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = project / "locale/zh_Hans/LC_MESSAGES/django.po"
    source.write_text(COMPLETE.replace("预约机时", "预约"), encoding="utf-8")
    code, told = verdict(capsys)
    assert code == 1
    assert "compilemessages" in told
    shutil.rmtree(source.parent)
    assert verdict(capsys)[0] == 1
