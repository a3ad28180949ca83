"""What leads where: steps, ways, and which ways lead back."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Step:
    """One node of a flow. `small` ones (events, gateways) carry their title below the shape; a step that
    hangs on another one's border (a boundary event) names it.
    """

    name: str
    small: bool = False
    begins: bool = False
    attached_to: str | None = None


@dataclass(frozen=True)
class Way:
    """From one step to another. Two ways between the same pair are two ways. `aside` leads off the main
    path: a refusal, a passed deadline. `label_width` is the room that its label wants, in pixels;
    `label_lines` how many lines it takes.
    """

    source: str
    target: str
    aside: bool = False
    label_width: int = 0
    label_lines: int = 1


@dataclass(frozen=True)
class Graph:
    """Steps and ways, and what follows from them."""

    steps: tuple[Step, ...]
    ways: tuple[Way, ...]

    @cached_property
    def by_name(self) -> dict[str, Step]:
        return {step.name: step for step in self.steps}

    @cached_property
    def ways_from(self) -> dict[str, list[Way]]:
        """The ways that leave each step, in the order of their declaration."""
        return {step.name: [w for w in self.ways if w.source == step.name] for step in self.steps}

    @cached_property
    def hanging(self) -> dict[str, list[str]]:
        """The boundary events of each step."""
        return {step.name: [s.name for s in self.steps if s.attached_to == step.name] for step in self.steps}

    def host(self, name: str) -> str:
        """The step on whose border `name` hangs, else `name` itself."""
        return self.by_name[name].attached_to or name

    @cached_property
    def sources(self) -> list[str]:
        """Where a walk begins: starts first, then whatever nothing leads to."""
        reached = {way.target for way in self.ways}
        loose = [s for s in self.steps if s.name not in reached and s.attached_to is None]
        return [s.name for s in sorted(loose, key=lambda s: not s.begins)]

    @cached_property
    def back(self) -> frozenset[Way]:
        """The ways that lead to a step from which one came: without them the graph has no circle. A walk in
        depth, from the starts, in the order of declaration.
        """
        found: set[Way] = set()
        closed: set[str] = set()
        for name in [*self.sources, *self.by_name]:
            if name not in closed:
                self._walk(name, closed, found)
        return frozenset(found)

    def _walk(self, first: str, closed: set[str], found: set[Way]) -> None:
        open_: dict[str, Iterator[Way]] = {first: iter(self._leaving(first))}
        while open_:
            name = next(reversed(open_))
            for way in open_[name]:
                target = self.host(way.target)
                if target in open_:
                    found.add(way)
                elif target not in closed:
                    open_[target] = iter(self._leaving(target))
                    break
            else:
                closed.add(name)
                del open_[name]

    def _leaving(self, name: str) -> list[Way]:
        """The ways of a step and of the events on its border."""
        return [way for each in (name, *self.hanging[name]) for way in self.ways_from[each]]

    def forward_from(self, name: str) -> list[Way]:
        """The ways onward of a step and of the events on its border."""
        return [way for way in self._leaving(name) if way not in self.back]

    @cached_property
    def in_order(self) -> list[str]:
        """All steps but boundary events, each behind everything that leads onward to it."""
        waiting = {step.name: 0 for step in self.steps if step.attached_to is None}
        for name in waiting:
            for way in self.forward_from(name):
                waiting[way.target] += 1
        ready = [name for name in [*self.sources, *waiting] if waiting[name] == 0]
        ready = list(dict.fromkeys(ready))
        order: list[str] = []
        while ready:
            name = ready.pop(0)
            order.append(name)
            for way in self.forward_from(name):
                waiting[way.target] -= 1
                if waiting[way.target] == 0:
                    ready.append(way.target)
        return order

    @cached_property
    def column(self) -> dict[str, int]:
        """How many steps lie at most before each one."""
        found = dict.fromkeys(self.in_order, 0)
        for name in self.in_order:
            for way in self.forward_from(name):
                found[way.target] = max(found[way.target], found[name] + 1)
        return found | {s.name: found[s.attached_to] for s in self.steps if s.attached_to is not None}

    @cached_property
    def height(self) -> dict[str, int]:
        """How many steps lie at most behind each one."""
        found: dict[str, int] = {}
        for name in reversed(self.in_order):
            found[name] = max((found[way.target] + 1 for way in self.forward_from(name)), default=0)
        return found
