"""The routers of this room. `settings.api` mounts them; `reading`, `acting`, `files` and `starting` fill
them.
"""

from ninja import Router

processes = Router(tags=["processes"])
cases = Router(tags=["cases"])
tasks = Router(tags=["tasks"])
inboxes = Router(tags=["tasks"])
