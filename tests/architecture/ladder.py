"""The ladder of rooms and apps, read from the one place where it is written: pyproject.toml's layers
contract. Highest rung first.
"""

import tomllib
from functools import cache

from scripts.processes import ROOT


@cache
def contracts() -> dict[str, dict[str, object]]:
    """Every import contract of pyproject.toml by its id."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract for contract in content["tool"]["importlinter"]["contracts"]}


@cache
def rungs() -> dict[str, int]:
    """The height of each room or app: what stands higher may know what stands lower, equals know nothing
    of one another.
    """
    layers = contracts()["ladder"]["layers"]
    assert isinstance(layers, list)
    return {name.strip(): -depth for depth, layer in enumerate(layers) for name in layer.split("|")}
