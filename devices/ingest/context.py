"""Who speaks, and what came of it: the two small types that all handlers of this room share, and the row
lock under which they work."""

from dataclasses import dataclass, field

from devices.models import ControlledNode, Controller
from devices.signing import Outgoing


@dataclass(frozen=True, slots=True)
class Handled:
    """What one frame led to. `outgoing` is to be published after the commit; `changed` says that rows were
    written which a relay should look at now; `refused` is the code of a frame that changed nothing.
    """

    outgoing: tuple[Outgoing, ...] = ()
    changed: bool = False
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """An enrolled controller and its nodes, as read without a lock."""

    controller: Controller
    nodes: dict[int, ControlledNode] = field(default_factory=dict)
    disabled: bool = False  # whether the controller may not take part any more

    @property
    def dev(self) -> str:
        """The device's name."""
        return self.controller.dev

    def locked(self) -> Controller:
        """The controller's row, locked until the end of the transaction: everything about a device happens
        one after the other.

        SQLite needs no row lock, its transaction is the only writer.
        """
        return Controller.objects.select_for_update().get(pk=self.controller.pk)
