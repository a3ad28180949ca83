"""The small language of evaluation formulas: named figures, numbers, + - * /, comparisons, `min`, `max`,
`floor`, `if` and tables of steps. Read by recursive descent and computed in exact fractions; nothing is
ever executed.

    effective_hours / quota * 100
    80 * prizes_national + 60 * prizes_provincial
    if(original > 0, steps(used / original, 1: 60, 0.8: 48, else 0), 0)

`steps(x, 1: 60, 0.8: 48, else 0)` gives what stands at the highest bound that x reaches. A comparison is 1 or
0. Figures of different units are never added, compared or put into one `min` together; whoever multiplies a
figure by a number says what it is worth, and then it is points.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from django.utils.translation import gettext as _

from apps.evaluation.tokens import FormulaError, Token, tokens_of

DEEPEST = 24  # expressions within expressions
FUNCTIONS = {"min": (1, 12), "max": (1, 12), "floor": (1, 1), "if": (3, 3)}  # name -> arguments
_COMPARE = ("<", "<=", ">", ">=", "==", "!=")


@dataclass(frozen=True)
class Node:
    """A part of a formula: `op` is `number`, `figure`, `steps`, a sign or a function; `bounds` are the step
    table's, whose last result is that of `else`. `text` is the part as it was written.
    """

    op: str
    at: int
    text: str
    parts: tuple["Node", ...] = ()
    value: Fraction = Fraction(0)
    bounds: tuple[Fraction, ...] = ()


@dataclass(frozen=True)
class Explained:
    """What a part came to, and from what. `chosen` is the row that decided: of a table of steps (the last one
    is `else`), of a `min` or `max`, or the branch of an `if`.
    """

    text: str
    op: str
    value: Fraction
    parts: tuple["Explained", ...] = ()
    chosen: int | None = None


@dataclass(frozen=True)
class Formula:
    """A formula that was read: its text, its tree, and the figures that it names, in order."""

    text: str
    tree: Node
    figures: tuple[str, ...]


def parse(text: str) -> Formula:
    """The formula of a text. Raises FormulaError with the position and words of what is wrong: codes
    `evaluation.formula_empty`, `…_long`, `…_deep`, `…_character`, `…_digits`, `…_expected`, `…_function`,
    `…_arguments`, `…_steps`.
    """
    reader = _Reader(text)
    tree = reader.whole()
    names = dict.fromkeys(node.text for node in walk(tree) if node.op == "figure")
    return Formula(text=text.strip(), tree=tree, figures=tuple(names))


def walk(node: Node) -> Iterator[Node]:
    """A part and everything in it, in the order in which it was written."""
    yield node
    for part in node.parts:
        yield from walk(part)


def evaluate(formula: Formula, figures: Mapping[str, Fraction | int]) -> Explained:
    """What the formula comes to, exactly, and how. Raises FormulaError `evaluation.formula_figure` (one that
    is not given), `evaluation.formula_zero` (a division by nothing).
    """
    return _of(formula.tree, figures)


# -- computing ---------------------------------------------------------------------------------------------


def _of(node: Node, figures: Mapping[str, Fraction | int]) -> Explained:
    if node.op == "number":
        return Explained(node.text, node.op, node.value)
    if node.op == "figure":
        if node.text not in figures:
            raise FormulaError(
                _("There is no figure “%(name)s” (position %(at)d).")
                % {"name": node.text, "at": node.at + 1},
                code="figure",
                at=node.at,
                figure=node.text,
            )
        return Explained(node.text, node.op, Fraction(figures[node.text]))
    if node.op == "if":
        return _branch(node, figures)
    if node.op == "steps":
        return _step(node, figures)
    parts = tuple(_of(part, figures) for part in node.parts)
    values = [part.value for part in parts]
    if node.op in ("min", "max"):
        best = min(values) if node.op == "min" else max(values)
        return Explained(node.text, node.op, best, parts, values.index(best))
    return Explained(node.text, node.op, _apply(node, values), parts)


def _apply(node: Node, values: list[Fraction]) -> Fraction:
    if node.op == "floor":
        return Fraction(values[0].__floor__())
    if node.op == "neg":
        return -values[0]
    left, right = values
    if node.op == "+":
        return left + right
    if node.op == "-":
        return left - right
    if node.op == "*":
        return left * right
    if node.op == "/":
        if right == 0:
            raise FormulaError(
                _("“%(text)s” divides by nothing (position %(at)d).")
                % {"text": node.text, "at": node.at + 1},
                code="zero",
                at=node.at,
            )
        return left / right
    return Fraction(_compared(node.op, left, right))


def _compared(op: str, left: Fraction, right: Fraction) -> bool:
    if op == "==":
        return left == right
    if op == "!=":
        return left != right
    less = left < right if op in ("<", ">=") else left <= right
    return less if op in ("<", "<=") else not less


def _branch(node: Node, figures: Mapping[str, Fraction | int]) -> Explained:
    """Only the branch that counts is computed: the other one may divide by nothing."""
    asked = _of(node.parts[0], figures)
    chosen = 1 if asked.value else 2
    taken = _of(node.parts[chosen], figures)
    return Explained(node.text, node.op, taken.value, (asked, taken), chosen)


def _step(node: Node, figures: Mapping[str, Fraction | int]) -> Explained:
    asked = _of(node.parts[0], figures)
    row = next((n for n, bound in enumerate(node.bounds) if asked.value >= bound), len(node.bounds))
    taken = _of(node.parts[1 + row], figures)
    return Explained(node.text, node.op, taken.value, (asked, taken), row)


# -- reading -----------------------------------------------------------------------------------------------


class _Reader:
    """Recursive descent over the words of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = tokens_of(text)
        self.place = 0
        self.depth = 0

    def whole(self) -> Node:
        if self.next.kind == "end":
            raise FormulaError(_("The formula is empty."), code="empty", at=0)
        tree = self.comparison()
        if self.next.kind != "end":
            raise self.unexpected()
        return tree

    @property
    def next(self) -> Token:
        return self.words[self.place]

    def take(self) -> Token:
        token = self.next
        self.place += 1
        return token

    def sign(self, *signs: str) -> Token | None:
        """The next word where it is one of these signs."""
        if self.next.kind == "sign" and self.next.text in signs:
            return self.take()
        return None

    def want(self, sign: str) -> Token:
        found = self.sign(sign)
        if found is None:
            raise self.unexpected(sign)
        return found

    def unexpected(self, wanted: str = "") -> FormulaError:
        at, found = self.next.at, self.next.text or _("the end")
        if wanted:
            words = _("“%(wanted)s” is missing at position %(at)d, before “%(found)s”.")
        else:
            words = _("“%(found)s” at position %(at)d stands where it means nothing.")
        values = {"wanted": wanted, "found": found, "at": at + 1}
        return FormulaError(words % values, code="expected", at=at)

    def made(self, op: str, at: int, *parts: Node, bounds: tuple[Fraction, ...] = ()) -> Node:
        last = self.words[self.place - 1]
        written = self.text[at : last.at + len(last.text)]
        return Node(op, at, " ".join(written.split()), parts, bounds=bounds)

    def comparison(self) -> Node:
        """The lowest rank; everything that stands in brackets begins here, so here its depth is counted."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError(
                _("The formula is nested too deeply at position %(at)d.") % {"at": self.next.at + 1},
                code="deep",
                at=self.next.at,
            )
        left = self.sum()
        if found := self.sign(*_COMPARE):
            left = self.made(found.text, left.at, left, self.sum())
        self.depth -= 1
        return left

    def sum(self) -> Node:
        left = self.product()
        while found := self.sign("+", "-"):
            left = self.made(found.text, left.at, left, self.product())
        return left

    def product(self) -> Node:
        left = self.signed()
        while found := self.sign("*", "/"):
            left = self.made(found.text, left.at, left, self.signed())
        return left

    def signed(self) -> Node:
        if found := self.sign("-"):
            return self.made("neg", found.at, self.atom())
        return self.atom()

    def atom(self) -> Node:
        if self.next.kind == "number":
            token = self.take()
            return Node("number", token.at, token.text, value=Fraction(token.text))
        if self.next.kind == "name":
            return self.named()
        opening = self.sign("(")
        if opening is None:
            raise self.unexpected()
        inner = self.comparison()
        self.want(")")
        return replace(inner, at=opening.at)  # what it becomes part of is written from its bracket on

    def named(self) -> Node:
        token = self.take()
        if self.sign("(") is None:
            return Node("figure", token.at, token.text)
        if token.text == "steps":
            return self.steps(token)
        if token.text not in FUNCTIONS:
            raise FormulaError(
                _("There is no function “%(name)s” (position %(at)d); there are %(names)s.")
                % {"name": token.text, "at": token.at + 1, "names": ", ".join([*FUNCTIONS, "steps"])},
                code="function",
                at=token.at,
            )
        parts = [self.comparison()]
        while self.sign(","):
            parts.append(self.comparison())
        self.want(")")
        least, most = FUNCTIONS[token.text]
        if not least <= len(parts) <= most:
            raise FormulaError(
                _("“%(name)s” at position %(at)d takes %(least)d to %(most)d values, not %(number)d.")
                % {
                    "name": token.text,
                    "at": token.at + 1,
                    "least": least,
                    "most": most,
                    "number": len(parts),
                },
                code="arguments",
                at=token.at,
            )
        return self.made(token.text, token.at, *parts)

    def steps(self, token: Token) -> Node:
        """`steps(value, bound: result, …, else result)`, the highest bound first."""
        parts, bounds = [self.comparison()], list[Fraction]()
        self.want(",")
        while not (self.next.kind == "name" and self.next.text == "else"):
            at = self.next.at
            bound = self.bound()
            if bounds and bound >= bounds[-1]:
                raise FormulaError(
                    _("The bounds of steps go down; the one at position %(at)d does not.") % {"at": at + 1},
                    code="steps",
                    at=at,
                )
            bounds.append(bound)
            self.want(":")
            parts.append(self.comparison())
            self.want(",")
        self.take()
        parts.append(self.comparison())
        self.want(")")
        return self.made("steps", token.at, *parts, bounds=tuple(bounds))

    def bound(self) -> Fraction:
        below = -1 if self.sign("-") else 1
        if self.next.kind != "number":
            raise FormulaError(
                _("A bound of steps, or “else”, is missing at position %(at)d.") % {"at": self.next.at + 1},
                code="steps",
                at=self.next.at,
            )
        return below * Fraction(self.take().text)
