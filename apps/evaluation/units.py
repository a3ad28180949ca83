"""What a formula's figures are counted in: hours are never added to samples, yuan never compared with people.

A figure has its unit; a number has none; whatever is multiplied by a number is points (the factor says what
one is worth); a ratio of two figures of one unit is a bare number.
"""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from apps.evaluation.formula import Formula, Node
from apps.evaluation.tokens import FormulaError

BARE = ""  # a number, a ratio, points


def check_units(formula: Formula, units: Mapping[str, str]) -> None:
    """Raises FormulaError `evaluation.formula_figure` for a figure that has no unit here, and
    `evaluation.formula_units` where different ones are put together.
    """
    _unit(formula.tree, units)


def _unit(node: Node, units: Mapping[str, str]) -> str:
    if node.op == "figure":
        if node.text not in units:
            raise FormulaError(
                _("There is no figure “%(name)s” (position %(at)d).")
                % {"name": node.text, "at": node.at + 1},
                code="figure",
                at=node.at,
                figure=node.text,
            )
        return units[node.text]
    parts = [_unit(part, units) for part in node.parts]
    if node.op in ("number", "*"):
        return BARE
    if node.op == "/":
        return BARE
    if node.op in ("neg", "floor"):
        return parts[0]
    if node.op in ("if", "steps"):
        return _same(node, parts[1:])
    joined = _same(node, parts)
    return joined if node.op in ("+", "-", "min", "max") else BARE


def _same(node: Node, parts: list[str]) -> str:
    """The one unit of all parts. A bare number beside a figure is a constant of its unit."""
    found = {part for part in parts if part != BARE}
    if len(found) > 1:
        raise FormulaError(
            _("“%(text)s” puts %(units)s together (position %(at)d).")
            % {"text": node.text, "units": ", ".join(sorted(found)), "at": node.at + 1},
            code="units",
            at=node.at,
            units=sorted(found),
        )
    return next(iter(found), BARE)
