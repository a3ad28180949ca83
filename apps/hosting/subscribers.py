"""What this room does with facts: it tells people."""

from apps.hosting import telling

__all__ = ["telling"]
