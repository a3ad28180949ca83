"""Questions about committees, panels and rounds. How somebody voted is answered by `ballots_of` alone, which
is `apps.panels.ballots`' own.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from fractions import Fraction

from django.db.models import QuerySet

from apps.core.periods import in_force
from apps.panels.ballots import Option, Shown, Turnout, ballots_of, options_of, turnout
from apps.panels.counting import Decided, result_of
from apps.panels.models import Committee, CommitteeSeat, Expertise, Panel, PanelSeat, Round
from apps.panels.models.committees import Role
from apps.people.models import User
from apps.people.queries import active_users, is_office
from apps.people.substitution import who_is_there

__all__ = [
    "Decided",
    "Option",
    "Shown",
    "Turnout",
    "available",
    "ballots_of",
    "committee",
    "convenes",
    "expertise_of",
    "experts",
    "familiarity",
    "invited",
    "load",
    "may_run",
    "open_panel",
    "open_round_of",
    "options_of",
    "presiding",
    "reserve",
    "result_of",
    "role_holders",
    "seat_of",
    "seats",
    "secretaries",
    "sitting",
    "turnout",
    "voters",
    "wants_experts",
]

_ORDER = {Role.CHAIR: 0, Role.DEPUTY: 1, Role.MEMBER: 2, Role.SECRETARY: 3}


def committee(code: str, at: datetime) -> Committee | None:
    """The committee of a code while it is in force. One query."""
    return Committee.objects.filter(in_force(at), code=code).select_related("unit").first()


def seats(of: Committee, at: datetime) -> list[CommitteeSeat]:
    """Who sits on a committee at a moment: the chair, deputies, members, secretaries, each by seniority. One
    query.
    """
    found = of.seats.filter(in_force(at)).select_related("user", "user__unit")
    return sorted(found, key=lambda seat: (_ORDER[Role(seat.role)], seat.valid_from, seat.pk))


def role_holders(of: Committee, role: str, at: datetime) -> list[User]:
    """The active people who have a role in a committee at a moment. One query."""
    found = of.seats.filter(in_force(at), role=role, user__in=active_users(at)).select_related("user")
    return [seat.user for seat in found.order_by("valid_from", "id")]


def voters(of: Committee, at: datetime) -> list[User]:
    """The active people who may sit on its panels, the chair first. One query."""
    active = set(active_users(at).filter(committee_seats__committee=of).values_list("pk", flat=True))
    return [seat.user for seat in seats(of, at) if seat.votes and seat.user_id in active]


def secretaries(of: Committee, at: datetime) -> list[User]:
    """Its active secretaries. One query."""
    return role_holders(of, Role.SECRETARY, at)


def presiding(of: Committee, at: datetime, barred: Collection[int] = ()) -> User | None:
    """Who presides over a panel: the chair, else a deputy, who is there, active and not barred (primary
    keys); None when the secretary's superior has to name somebody. Three queries.
    """
    found = [*role_holders(of, Role.CHAIR, at), *role_holders(of, Role.DEPUTY, at)]
    _active, away = who_is_there(found, at)
    return next((user for user in found if user.pk not in barred and user.pk not in away), None)


def open_panel(subject_ref: str) -> Panel | None:
    """The panel that judges a subject now. One query."""
    open_ones = Panel.objects.filter(subject_ref=subject_ref, ended_at__isnull=True)
    return open_ones.select_related("committee", "chair").first()


def _in_state(panel: Panel, state: str) -> list[PanelSeat]:
    return list(panel.seats.filter(state=state).select_related("user"))


def sitting(panel: Panel) -> list[PanelSeat]:
    """The seats of those who accepted, in order. One query."""
    return _in_state(panel, PanelSeat.State.ACCEPTED)


def invited(panel: Panel) -> list[PanelSeat]:
    """The seats of those who have not answered yet. One query."""
    return _in_state(panel, PanelSeat.State.INVITED)


def reserve(panel: Panel) -> list[PanelSeat]:
    """The substitutes who were not called yet, the next one first. One query."""
    return _in_state(panel, PanelSeat.State.RESERVE)


def available(panel: Panel, at: datetime) -> list[PanelSeat]:
    """Those of the reserve who could be called now: active, on the committee, not away. Three queries."""
    waiting = reserve(panel)
    if not waiting:
        return []
    may = {user.pk for user in voters(panel.committee, at)}
    _active, away = who_is_there([seat.user for seat in waiting], at)
    return [seat for seat in waiting if seat.user_id in may and seat.user_id not in away]


def seat_of(panel: Panel, user: User) -> PanelSeat | None:
    """The seat of somebody on a panel, in whatever state. One query."""
    return panel.seats.filter(user=user).select_related("user").first()


def familiarity(panel: Panel) -> Fraction | None:
    """The average of what those who accepted have declared, 0 to 3. One query."""
    declared = panel.seats.filter(state=PanelSeat.State.ACCEPTED).values_list("familiarity", flat=True)
    known = [level for level in declared if level is not None]
    return Fraction(sum(known), len(known)) if known else None


def wants_experts(panel: Panel) -> bool:
    """Whether the panel knows the class too little (`panels.familiarity_average`), so that experts are asked.
    One query.
    """
    average = familiarity(panel)
    return average is not None and average < Fraction(panel.rules["familiarity_average"])


def expertise_of(users: Iterable[User], class6: str, at: datetime) -> dict[int, int]:
    """What people declared for a class, by primary key; who declared nothing does not appear. One query."""
    rows = Expertise.objects.filter(in_force(at), user__in=list(users), class6=class6)
    return dict(rows.values_list("user_id", "level"))


def experts(class6: str, at: datetime, *, but: Collection[int] = (), least: int = 2) -> list[User]:
    """Active people who know a class at least so well, the best first, without some (primary keys). One
    query.
    """
    rows = Expertise.objects.filter(in_force(at), class6=class6, level__gte=least, user__in=active_users(at))
    found = rows.exclude(user__in=list(but)).select_related("user").order_by("-level", "valid_from", "id")
    return [row.user for row in found]


def load(users: Iterable[User]) -> Counter[int]:
    """On how many open panels people sit, or are asked to, by primary key. One query."""
    open_seats = PanelSeat.objects.filter(
        state__in=PanelSeat.OPEN, panel__ended_at__isnull=True, user__in=list(users)
    )
    return Counter(open_seats.values_list("user_id", flat=True))


def open_round_of(panel: Panel) -> Round | None:
    """The round that is open now. One query."""
    return panel.rounds.filter(closed_at__isnull=True).first()


def convenes(of: Committee, user: User, at: datetime) -> bool:
    """Whether somebody runs the business of a committee: its secretary, its chair or deputy. One query."""
    roles = (Role.SECRETARY, Role.CHAIR, Role.DEPUTY)
    held = of.seats.filter(in_force(at), user=user, role__in=roles, user__in=active_users(at))
    return held.exists()


def may_run(panel: Panel, user: User, at: datetime) -> bool:
    """Whether somebody may run a panel: its chair, the secretary of the committee, the equipment office. At
    most three queries.
    """
    if panel.chair_id == user.pk or user in secretaries(panel.committee, at):
        return True
    return is_office(user, at)


def panels_of(user: User) -> QuerySet[Panel]:
    """The open panels that somebody sits on or is asked to."""
    mine = PanelSeat.objects.filter(user=user, state__in=PanelSeat.OPEN).values("panel")
    return Panel.objects.filter(pk__in=mine, ended_at__isnull=True).select_related("committee")
