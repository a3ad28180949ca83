"""A case in its reader's words: titles of processes, cases and steps, and a sentence for everything that can
happen in one. Flows keep English msgids; here they are translated, and the data in them is marked where a
page shows it. Words only: nothing is asked of the database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, override, pgettext_lazy
from django.utils.translation import gettext as _

from apps.core.errors import NotFound, Text
from apps.core.templatetags.bench import data
from workflows import registry
from workflows.models import Case, TaskEvent


@dataclass(frozen=True)
class Look:
    """How an event looks in the timeline; `tone` is one of on, warn, stop, off. `words` may name {name},
    {step}, {outcome}.
    """

    words: Text
    icon: str
    tone: str = "off"


EVENTS: Mapping[str, Look] = MappingProxyType(
    {
        "started": Look(pgettext_lazy("history", "applied"), "send"),
        "approve": Look(pgettext_lazy("history", "approved"), "circle-check", "on"),
        "reject": Look(pgettext_lazy("history", "refused"), "circle-x", "stop"),
        "complete": Look(pgettext_lazy("history", "done"), "circle-check", "on"),
        "expired": Look(gettext_lazy("the deadline passed without an answer"), "clock", "warn"),
        "decided": Look(gettext_lazy("the rules decided: {outcome}"), "adjustments"),
        "sent_back": Look(gettext_lazy("sent it back to “{step}”"), "arrow-left", "warn"),
        "claimed": Look(gettext_lazy("took the step"), "user-check"),
        "released": Look(gettext_lazy("gave the step back to the others"), "users"),
        "transferred": Look(gettext_lazy("passed the step on to {name}"), "arrow-right"),
        "delegated": Look(gettext_lazy("asked {name} for an opinion"), "message"),
        "opinion": Look(gettext_lazy("gave an opinion"), "message"),
        "signer_added": Look(gettext_lazy("asked {name} to sign as well"), "users"),
        "signer_removed": Look(gettext_lazy("took back that {name} should sign"), "x"),
        "handed_over": Look(gettext_lazy("the step went from {name} to others"), "users", "warn"),
        "stood_in": Look(gettext_lazy("{name}, who stands in, may take the step too"), "users"),
        "urged": Look(pgettext_lazy("history", "urged"), "bell", "warn"),
        "copied": Look(gettext_lazy("showed the case to {name}"), "eye"),
        "reminded": Look(gettext_lazy("a reminder was sent: half of the time is over"), "bell"),
        "escalated": Look(gettext_lazy("overdue: the superiors may take it over"), "alert-triangle", "warn"),
        "prolonged": Look(gettext_lazy("there is more time to answer"), "clock"),
        "timer": Look(gettext_lazy("the waiting time is over"), "clock"),
        "job": Look(pgettext_lazy("history", "computed"), "settings"),
        "failed": Look(gettext_lazy("failed and will be tried again"), "alert-triangle", "stop"),
        "given_up": Look(
            gettext_lazy("failed too often: it stands still until the office tries it again"),
            "alert-triangle",
            "stop",
        ),
        "retried": Look(gettext_lazy("had it tried again"), "refresh"),
        "done": Look(gettext_lazy("the case ended: {outcome}"), "check", "on"),
        "withdrawn": Look(gettext_lazy("withdrew the case"), "x"),
        "cancelled": Look(gettext_lazy("cancelled the case"), "ban", "stop"),
        "overtaken": Look(gettext_lazy("the case ended: what it is about has changed"), "ban", "warn"),
    }
)
_ANSWERED = Look("{outcome}", "circle-check")

STATES: Mapping[str, tuple[str, str]] = MappingProxyType(  # state -> icon, tone
    {
        "open": ("clock", "warn"),
        "done": ("check", "on"),
        "withdrawn": ("x", "off"),
        "cancelled": ("ban", "stop"),
        "overtaken": ("ban", "off"),
    }
)


def process_title(key: str) -> str:
    """The name of a process; its key where it is not installed any more."""
    try:
        flow = registry.flow(key)
    except NotFound:
        return key
    return flow_title(flow)


def flow_title(flow: Any) -> str:
    """The name of the process of a flow: its own, or the first line of its docstring; never what the base
    class says of itself.
    """
    title = vars(flow).get("process_title") or (flow.__doc__ or flow.__name__).strip().splitlines()[0]
    return _(str(title).rstrip("."))


def case_title(case: Case) -> str:
    """What the case is about, as plain text."""
    return _(case.title).format_map(_Missing(_names(case.title_args)))


def case_title_html(case: Case) -> SafeString:
    """The same for a page."""
    told = {name: conditional_escape(data(value)) for name, value in _names(case.title_args).items()}
    return mark_safe(conditional_escape(_(case.title)).format_map(_Missing(told)))  # noqa: S308 - escaped


def node_title(node: Any, name: str = "") -> str:
    """The title of a step of a flow; its name where the flow does not have it any more."""
    return _(str(node.task_title)) if node is not None else name.replace("_", " ")


def titled(flow: str, name: str) -> str:
    """The title of a step by the keys that rows keep."""
    return node_title(_node(flow, name), name)


def outcome_label(flow: str, name: str, outcome: str) -> str:
    """What an answer of a step is called."""
    chosen = getattr(_node(flow, name), "outcomes", {}).get(outcome)
    if chosen is not None:
        return _(chosen.label)
    return str(EVENTS[outcome].words) if outcome in EVENTS else outcome


_RULED: Mapping[str, Text] = {
    "permit": pgettext_lazy("rules", "permitted"),
    "deny": pgettext_lazy("rules", "not permitted"),
}


def decided_words(flow: str, name: str, outcome: str) -> str:
    """What the rules decided at a step, in words; empty where the flow has none for this outcome."""
    label_of = getattr(_node(flow, name), "label_of", None)
    label = label_of(outcome) if label_of is not None else ""
    return _(label) if label else str(_RULED.get(outcome, ""))


def case_outcome(case: Case) -> str:
    """How an ended case came out: the title of the end that it reached, else its state."""
    for found in _flows(case.flow):
        for node in found.instance.nodes():
            if getattr(node, "outcome", None) == case.outcome and case.outcome:
                return node_title(node)
    return str(Case.State(case.state).label)


def look_of(event: TaskEvent) -> Look:
    """How an event looks."""
    known = EVENTS.get(event.kind)
    if known is not None:
        return known
    refuses = _refuses(event)
    return Look(_ANSWERED.words, "circle-x" if refuses else "circle-check", "stop" if refuses else "on")


def sentence(event: TaskEvent) -> SafeString:
    """What happened, without the actor, for a page."""
    safe = {name: conditional_escape(text) for name, text in _told(event, data).items()}
    words = conditional_escape(str(look_of(event).words))
    return mark_safe(words.format_map(_Missing(safe)))  # noqa: S308 - both halves are escaped


def sentence_text(event: TaskEvent) -> str:
    """The same as plain text."""
    return str(look_of(event).words).format_map(_Missing(_told(event, str)))


def _told(event: TaskEvent, mark: Callable[[Any], Any]) -> dict[str, Any]:
    """The names in a sentence; `mark` is put around what is data."""
    details, case = event.details, event.case
    outcome = details.get("outcome", "")
    if event.kind == "decided":
        outcome = decided_words(case.flow, event.node, outcome) or mark(outcome)
    elif event.kind == "done":
        outcome = case_outcome(case)
    elif event.kind not in EVENTS:
        outcome = outcome_label(case.flow, event.node, event.kind)
    name = localized({"zh": details.get("name", ""), "en": details.get("name_en", "")})
    return {"name": mark(name), "step": titled(case.flow, details.get("to", "")), "outcome": outcome}


def in_each(words: Callable[[], object]) -> dict[str, str]:
    """What a function says in each language, as {"zh", "en"}."""
    with override("zh-hans"):
        zh = str(words())
    with override("en"):
        return {"zh": zh, "en": str(words())}


def localized(value: Any) -> str:
    """A value that may be a pair of languages, in the reader's."""
    if not isinstance(value, Mapping):
        return str(value)
    english = (get_language() or "zh").startswith("en")
    return str((value.get("en") if english else "") or value.get("zh") or "")


class _Missing(dict[str, Any]):
    """A name that nobody gave stays visible instead of failing the page."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def _names(args: Mapping[str, Any]) -> dict[str, str]:
    return {name: localized(value) for name, value in args.items()}


def _flows(key: str) -> list[Any]:
    return [flow for flow in registry.all_flows() if flow.key == key]


def _node(flow: str, name: str) -> Any:
    for found in reversed(_flows(flow)):
        node = next((one for one in found.instance.nodes() if one.name == name), None)
        if node is not None:
            return node
    return None


def _refuses(event: TaskEvent) -> bool:
    chosen = getattr(_node(event.case.flow, event.node), "outcomes", {}).get(event.kind)
    return bool(chosen is not None and chosen.refuses)
