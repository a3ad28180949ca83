"""Every word in the diagram of a real process is there in Chinese; the toys of the tests are not asked."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext

from workflows import registry
from workflows.diagram import structure

pytestmark = pytest.mark.once
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_titles_and_ways_are_translated() -> None:
    registry.load()
    said = set()
    for flow in registry.all_flows():
        if flow.__module__.startswith("workflows."):
            shape = structure(flow)
            said |= {node["title"] for node in shape["nodes"]}
            said |= {way["label"] for way in shape["edges"]}
    with translation.override("zh-hans"):
        missing = {words for words in said if words and not HAN.search(gettext(words))}
    assert missing == set()
