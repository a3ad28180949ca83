"""The register of kinds: keys are taken once, words and arguments agree, each reads their own language."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils.translation import gettext_lazy, override

from apps.notices import kinds
from apps.notices.kinds import (
    Group,
    Kind,
    Takes,
    UnknownKind,
    all_kinds,
    both,
    in_both,
    kind_of,
    register_kind,
)
from apps.notices.models import Notice
from apps.notices.rendering import marked, plain
from tests.domain.notices.conftest import KIND

SAMPLES: dict[Takes, Any] = {
    Takes.TEXT: "原因 <b>",
    Takes.NAME: {"zh": "扫描电镜", "en": "FE-SEM"},
    Takes.MOMENT: datetime(2026, 11, 23, 2, 0, tzinfo=UTC).isoformat(),
    Takes.DAY: date(2026, 12, 31).isoformat(),
    Takes.FEN: 123450,
    Takes.COUNT: 3,
}


def made(**changes: Any) -> Kind:
    given = {
        "key": "test.made",
        "group": Group.SYSTEM,
        "label": "Made",
        "title": "%(a)s",
        "body": "",
        "takes": {"a": Takes.TEXT},
    }
    return Kind(**(given | changes))


@pytest.mark.once
@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.key)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_of_the_product_can_be_written_in_both_languages(kind: Kind, language: str) -> None:
    notice = Notice(kind=kind.key, args={name: SAMPLES[takes] for name, takes in kind.takes.items()})
    kind.check_args(notice.args)
    with override(language):
        for words in (plain(notice), marked(notice)):
            assert words.title
            assert "%(" not in words.title + words.body
            assert "\n" not in words.title
        assert str(kind.label)
        assert "<b>" not in marked(notice).title + marked(notice).body


@pytest.mark.once
def test_a_key_is_taken_once_and_only_at_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="too late"):
        register_kind(made())
    monkeypatch.setattr(kinds, "_closed", False)
    monkeypatch.setattr(kinds, "_KINDS", {})
    first = register_kind(made())
    assert register_kind(first) is first
    assert kind_of("test.made") is first
    with pytest.raises(ValueError, match="taken"):
        register_kind(made(title="another"))


@pytest.mark.once
@pytest.mark.parametrize("text", ["%(b)s", "%d", "%(a)d", "100%"])
def test_words_that_name_something_else_are_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_closed", False)
    with pytest.raises(ValueError, match="notice"):
        register_kind(made(body=text))
    made(body="100 %% of %(a)s").check()


@pytest.mark.once
@pytest.mark.parametrize(
    "args",
    [
        {},
        {"place": {"zh": "甲", "en": "A"}},
        {"place": "A", "what": "gloves"},
        {"place": {"zh": "甲"}, "what": "gloves"},
        {"place": {"zh": "甲", "en": "A"}, "what": 3},
        {"place": {"zh": "甲", "en": "A"}, "what": "gloves", "more": "x"},
    ],
)
def test_arguments_are_exactly_those_declared(args: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"test\.plain"):
        KIND.check_args(args)


@pytest.mark.once
def test_arguments_are_written_for_their_reader() -> None:
    kind = made(
        title="%(name)s %(at)s %(day)s %(fen)s %(count)s",
        takes={
            "name": Takes.NAME,
            "at": Takes.MOMENT,
            "day": Takes.DAY,
            "fen": Takes.FEN,
            "count": Takes.COUNT,
        },
    )
    notice = Notice(kind=kind.key, args={name: SAMPLES[takes] for name, takes in kind.takes.items()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(kinds._KINDS, kind.key, kind)
        with override("en"):
            assert plain(notice).title == "FE-SEM 2026-11-23 10:00 2026-12-31 ¥1,234.50 3"
        with override("zh-hans"):
            assert plain(notice).title == "扫描电镜 2026-11-23 10:00 2026-12-31 ¥1,234.50 3"


@pytest.mark.once
def test_data_of_another_language_is_marked_and_escaped_on_a_page() -> None:
    notice = Notice(kind=KIND.key, args={"place": {"zh": "中心", "en": ""}, "what": "手套 <script>"})
    with override("en"):
        assert marked(notice).title == 'Session at <span lang="zh">中心</span>'
        assert marked(notice).body == 'Bring <span lang="zh">手套 &lt;script&gt;</span>.'
        assert plain(notice).body == "Bring 手套 <script>."


@pytest.mark.once
def test_a_subject_stays_one_line_whatever_somebody_typed() -> None:
    notice = Notice(kind=KIND.key, args={"place": {"zh": "甲\r\nBcc: x@y", "en": ""}, "what": ""})
    assert plain(notice).title == "Session at 甲 Bcc: x@y"


@pytest.mark.once
def test_a_notice_whose_kind_is_gone_says_so_instead_of_failing() -> None:
    notice = Notice(kind="plugin.gone", args={"x": 1})
    with override("en"):
        assert "plugin.gone" in plain(notice).title
        assert "plugin.gone" in marked(notice).title


@pytest.mark.once
def test_words_of_the_catalogue_become_a_name_in_both_languages() -> None:
    assert in_both(gettext_lazy("Home")) == {"zh": "首页", "en": "Home"}
    assert in_both("as it is") == both("as it is", "as it is")


@pytest.mark.once
def test_an_unknown_key_is_an_error_of_the_caller() -> None:
    with pytest.raises(UnknownKind):
        kind_of("no.such")
