"""Who may open what, one file a room, found by their mere being here: a room's rows never meet another's.

A room's file declares any of these:

- `ROUTES`: the name of each route -> what a GET answers to the five of `rows.WHO`.
- `ARGUMENTS`: the route's arguments, made from the scene, where it takes any. They may make what they need,
  by operations; each is asked once, before anybody looks.
- `POSTS`: what an empty POST answers, for routes that answer nothing else (their GET row is
  `rows.ONLY_POST`).
- `ALSO`: the answers to a manager of another unit (`mei`) and to the administrator of the server (`admin`),
  where they differ from what the outsider hears; and to anybody else who matters to a route: the people of
  tests/people.py by login, `lin`, who manages the unit of the FE-SEM A.
- `UNNAMED`: patterns without a name -> an address that they match and what it answers. Each wants a reason.
- `CLOSED`: routes that a library brings and this school does not offer, with their arguments: 404 for all.
- `API`: operations of the HTTP interface ("GET /api/v1/bookings") -> what they answer to tokens of the five
  of `rows.ASKERS`. That nobody, a token without the scope and a token of the server's administrator get
  nothing is asked of every operation without being written; so is that a session hears what a token hears.
- `API_ALSO`: what others hear, as in `ALSO`. Rows of cases name the candidate of the step here.
- `API_ADMIN`: what a session of the administrator of the server hears, where it is not what an outsider does.
- `CALLS`: what is asked of an operation that takes anything.

A route that stands in no file fails, and so does one that stands in two.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

_ROOMS: list[ModuleType] = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]


def collected(member: str) -> dict[str, Any]:
    """One member of all rooms together. Raises ValueError where two rooms have the same key."""
    whole: dict[str, Any] = {}
    for room in _ROOMS:
        rows = getattr(room, member, {})
        if twice := whole.keys() & rows.keys():
            raise ValueError(f"{room.__name__}.{member} repeats {sorted(twice)}")
        whole |= rows
    return whole
