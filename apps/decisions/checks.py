"""What a start announces about the rule engine: which one decides, and whether it can. It never chooses
another one.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Announcement

from rules.engines import available, names

DEFAULT_ENGINE = "durable"


def check_engine(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E030 unknown engine, E031 its module is missing, E032 a shadow share that is no share, W030 not the
    default engine.
    """
    engine = settings.RULES_ENGINE
    found: list[CheckMessage] = []
    if engine not in names():
        found.append(
            Error(
                f"RULES_ENGINE names no engine: {engine!r}.",
                hint=f"Known are {', '.join(names())}.",
                id="clearbench.E030",
            )
        )
    elif not available(engine):
        found.append(
            Error(
                f"The rule engine {engine} is not installed; every decision would be a refusal.",
                hint="Install its module, or set RULES_ENGINE=codegen (Python 3.13 has no durable_rules).",
                id="clearbench.E031",
            )
        )
    if not 0 <= shadow_share() <= 1:
        found.append(
            Error(
                "RULES_SHADOW_SHARE is no share.",
                hint="It is the part of all decisions that a second engine repeats, from 0 to 1.",
                id="clearbench.E032",
            )
        )
    if engine != DEFAULT_ENGINE:
        found.append(
            Announcement(
                f"Decisions are made by the rule engine {engine}, not by {DEFAULT_ENGINE}.",
                hint="Unset RULES_ENGINE to return to the default.",
                id="clearbench.W030",
            )
        )
    return found


def shadow_share() -> float:
    """The part of all decisions that a second engine repeats."""
    return float(settings.RULES_SHADOW_SHARE)
