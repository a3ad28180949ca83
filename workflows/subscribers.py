"""What this room does with facts. Processes declare theirs in `workflows/<process>/subscribers.py`; each is
imported here, because only this module is discovered.
"""

from workflows import notifying

__all__ = ["notifying"]
