"""The shape of a flow as data: what a version pins and a diagram draws."""

import hashlib
import json
from typing import Any


def describe(flow: Any) -> dict[str, Any]:
    """Nodes and edges of a flow class."""
    nodes = list(flow.instance.nodes())
    return {
        "nodes": [
            {"name": n.name, "title": str(n.task_title), "kind": getattr(n, "kind", "")} for n in nodes
        ],
        "edges": [
            {"source": n.name, "target": e.dst.name, "kind": e.edge_class, "label": e.label or ""}
            for n in nodes
            for e in n._outgoing()
        ],
    }


def digest(description: dict[str, Any]) -> str:
    """SHA-256 over the structure: it identifies a version."""
    canonical = json.dumps(description, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
