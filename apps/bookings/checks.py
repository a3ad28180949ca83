"""Everything that may speak against a booking, each condition a refusal of its own with the words and numbers
of the case. Which of them count is the rule's to say (`admission`). Changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from apps.bookings.circumstances import Circumstances
from apps.bookings.opening import opening_of
from apps.bookings.points import refusal_by_points
from apps.bookings.priority import NEVER, name_of, window_in_the_way
from apps.bookings.priority import in_words as hours_in_words
from apps.bookings.queries import live_between
from apps.bookings.quotas import allowances
from apps.bookings.terms import in_words
from apps.bookings.windows import on_grid
from apps.bookings.wishes import Wish, purposes_of
from apps.core.clock import school_time
from apps.core.errors import Invalid, NotPermitted, Refusal, Text, WrongState
from apps.funding.operations import obstacles_to_hold
from apps.funding.queries import usable_funds
from apps.instruments.models import HOSTED
from apps.instruments.queries import outages_between
from apps.people.queries import user_state
from apps.standing.facts import NOT_HOSTED
from apps.training.queries import certified_throughout, guided_between, night_endorsed, safety_until
from rules.points.booking_admission import SecondPerson

_BOOKABLE = 3  # opening level: 3 booking, 4 workstation agent, 5 interlock


def all_wrong(asked: Wish, known: Circumstances) -> list[Refusal]:
    """Every condition that fails, the period's first; nothing else is asked of a period that is none.

    Certificate, night endorsement, customs and money are asked of who uses the instrument for themselves, as
    at the gate; maintenance also has the time in which the instrument is closed or out of service.
    """
    wrong = list(_length(asked) if asked.standing else _period(asked))
    if wrong and not asked.standing:
        return wrong
    checks = (
        *(_crew, _instrument, _open, _slot, _owner_first, _quota),
        *(_person, _visitor, _points, _training),
    )
    return [
        *(wrong if asked.standing else ()),
        *(refusal for check in checks for refusal in check(asked)),
        *_night(asked, known),
        *_customs(asked),
        *_money(asked, known),
    ]


def _period(asked: Wish) -> Iterator[Refusal]:
    if asked.end <= asked.start:
        yield Invalid(_("The end must be after the beginning."), code="bookings.period", field="end")
        return
    if asked.start < asked.now:
        yield Invalid(_("This time is already past."), code="bookings.past", field="start")
    yield from _length(asked)
    days = asked.terms.horizon_days
    if not asked.is_use:
        # Courses and services are planned by the term, before people book for themselves.
        days = max(days, asked.settings["bookings.crew_horizon_days"])
    if asked.start > asked.now + timedelta(days=days):
        yield Invalid(
            _("Bookings open %(days)d days ahead.") % {"days": days},
            code="bookings.too_far",
            field="start",
            horizon_days=days,
        )
    notice = 0 if asked.is_maintenance else asked.terms.notice_minutes
    if asked.now <= asked.start < asked.now + timedelta(minutes=notice):
        yield Invalid(
            _("Book at least %(length)s ahead.") % {"length": in_words(notice)},
            code="bookings.notice",
            field="start",
            notice_minutes=notice,
        )
    if asked.now <= asked.start <= asked.now + timedelta(days=days):
        yield from _on_grid(asked)


def _on_grid(asked: Wish) -> Iterator[Refusal]:
    grid = asked.terms.grid_minutes
    for field, moment in (("start", asked.start), ("end", asked.end)):
        if not on_grid(moment, grid):
            yield Invalid(
                ngettext_lazy(
                    "Bookings begin and end on the full minute.",
                    "Bookings begin and end on a multiple of %(minutes)d minutes.",
                    grid,
                )
                % {"minutes": grid},
                code="bookings.grid",
                field=field,
                grid_minutes=grid,
            )


def _length(asked: Wish) -> Iterator[Refusal]:
    length, terms = asked.end - asked.start, asked.terms
    if length > timedelta(minutes=terms.max_minutes):
        hours, rest = divmod(terms.max_minutes, 60)
        yield Invalid(
            _("A booking is at most %(length)s long.") % {"length": in_words(terms.max_minutes)}
            if rest
            else _("A booking is at most %(hours)d hours long.") % {"hours": hours},
            code="bookings.too_long",
            field="end",
            max_hours=terms.max_minutes / 60 if rest else hours,
            max_minutes=terms.max_minutes,
        )
    if length < timedelta(minutes=terms.min_minutes):
        yield Invalid(
            _("A booking is at least %(length)s long.") % {"length": in_words(terms.min_minutes)},
            code="bookings.too_short",
            field="end",
            min_minutes=terms.min_minutes,
        )


def _open(asked: Wish) -> Iterator[Refusal]:
    if asked.is_maintenance:
        return
    opening = opening_of(asked.instrument, asked.start, asked.end)
    if opening.holds(asked.start, asked.end):
        return
    found = opening.next(asked.start, asked.end - asked.start)
    if found is None:
        text: Text = _("The instrument is closed in this time.")
    else:
        text = _("The instrument is closed in this time. It is open next %(start)s to %(end)s.") % {
            "start": f"{school_time(found[0]):%m-%d %H:%M}",
            "end": f"{school_time(found[1]):%m-%d %H:%M}",
        }
    yield WrongState(
        text,
        code="bookings.closed",
        field="start",
        next_start=found[0].isoformat() if found else None,
        next_end=found[1].isoformat() if found else None,
    )


def _crew(asked: Wish) -> Iterator[Refusal]:
    if asked.is_use:
        return
    if asked.purpose not in purposes_of(asked.user, asked.instrument, asked.now):
        yield NotPermitted(
            _("Only the instrument's crew books for this purpose."),
            code="bookings.crew_only",
            field="purpose",
        )


def _instrument(asked: Wish) -> Iterator[Refusal]:
    retired = asked.instrument.retired_at
    if asked.instrument.opening_level < _BOOKABLE or (retired is not None and retired < asked.end):
        yield WrongState(_("This instrument is not open for booking."), code="bookings.not_open")
    if asked.is_use and asked.instrument.hosting not in (*NOT_HOSTED, HOSTED):
        yield WrongState(
            _("No hosting agreement is on record, so the instrument opens for nobody."),
            code="bookings.hosting",
        )
    if asked.is_maintenance:
        return
    outage = outages_between(asked.instrument.pk, asked.start, asked.end).first()
    if outage is not None:
        yield WrongState(
            _("The instrument is out of service in this time."),
            code="bookings.outage",
            field="start",
            start=outage.starts_at.isoformat(),
            end=outage.ends_at.isoformat() if outage.ends_at else None,
        )


def _slot(asked: Wish) -> Iterator[Refusal]:
    others = live_between(asked.instrument.pk, asked.start, asked.end)
    if asked.instead_of is not None:
        others = others.exclude(pk=asked.instead_of.pk)
    other = None if asked.standing else others.first()  # the law of the database keeps its time
    if other is not None:
        yield overlap(other.start, other.end)
    guided = guided_between(asked.instrument.pk, asked.start, asked.end).first()
    if guided is not None:
        yield WrongState(
            _("A training or teaching session is planned in this time."),
            code="bookings.guided_session",
            field="start",
            start=guided.starts_at.isoformat(),
            end=guided.ends_at.isoformat(),
        )


def _owner_first(asked: Wish) -> Iterator[Refusal]:
    """In the hours of a hosted instrument's owner others book late, or not at all. What is booked stays."""
    if not asked.is_use or asked.standing is not None:
        return
    row = window_in_the_way(asked.instrument, asked.user, asked.start, asked.end, asked.now)
    if row is None:
        return
    words = {"window": hours_in_words(row), "group": name_of(row), "hours": row.others_hours}
    if row.others_hours == NEVER:
        text = _("%(window)s is kept for %(group)s, who own this instrument.") % words
    else:
        text = (
            _(
                "%(window)s is kept for %(group)s, who own this instrument. Others may book it from"
                " %(hours)d hours before."
            )
            % words
        )
    yield WrongState(
        text,
        code="bookings.owner_first",
        field="start",
        weekdays=row.weekdays,
        from_minute=row.from_minute,
        until_minute=row.until_minute,
        others_hours=row.others_hours,
    )


def _quota(asked: Wish) -> Iterator[Refusal]:
    if asked.group_id is None or not asked.quotas:
        return
    for left in allowances(
        asked.quotas,
        asked.instrument,
        asked.group_id,
        asked.start,
        asked.end,
        made=asked.standing,
        without=asked.instead_of,
    ):
        if not left.is_exceeded_by(asked.start, asked.end):
            continue
        told = {
            "hours": left.quota.hours,
            "left_minutes": left.left_minutes,
            "period_start": left.start.isoformat(),
            "period_end": left.end.isoformat(),
        }
        words = {
            "left": left.left_hours,
            "hours": left.quota.hours,
            "first": f"{school_time(left.start):%m-%d}",
            "last": f"{school_time(left.last_day):%m-%d}",
        }
        beyond = left.quota.beyond_hours
        if beyond is None:
            yield WrongState(
                _("Your group has %(left)s of %(hours)d hours left from %(first)s to %(last)s.") % words,
                code="bookings.quota",
                field="end",
                **told,
            )
        elif asked.start > asked.now + timedelta(hours=beyond):
            yield WrongState(
                _(
                    "Your group has %(left)s of its share of %(hours)d hours left from %(first)s to %(last)s."
                    " Beyond it, book at most %(beyond)d hours ahead."
                )
                % {**words, "beyond": beyond},
                code="bookings.fair_share",
                field="start",
                beyond_hours=beyond,
                **told,
            )


def overlap(start: datetime | None, end: datetime | None) -> WrongState:
    """The refusal of a taken slot; it names the period that is taken, never the person."""
    return WrongState(
        _("This time is already booked."),
        code="bookings.overlap",
        field="start",
        start=start.isoformat() if start else None,
        end=end.isoformat() if end else None,
    )


def _person(asked: Wish) -> Iterator[Refusal]:
    # Whether a suspension will have ended by then is not for a booking to hope: it is asked of now.
    state = user_state(asked.user, asked.now)
    if state == "suspended":
        yield WrongState(_("This account is suspended."), code="bookings.suspended")
    until = asked.user.valid_until
    if state == "inactive" or (until is not None and until < asked.end):
        yield WrongState(
            _("The registration is not in force for the whole of this time."), code="bookings.not_registered"
        )


def _visitor(asked: Wish) -> Iterator[Refusal]:
    if asked.user.is_visitor(asked.now):
        yield WrongState(
            _("Visitors hand in samples; they do not operate instruments."), code="bookings.visitor"
        )


def _points(asked: Wish) -> Iterator[Refusal]:
    limit = asked.settings["bookings.points_limit"]
    refusal = refusal_by_points(asked.user, asked.now, limit) if asked.is_use else None
    if refusal is not None:
        yield refusal


def _training(asked: Wish) -> Iterator[Refusal]:
    safe_until = safety_until(asked.user, asked.start)
    if safe_until is None or safe_until < asked.end:
        yield WrongState(
            _("There is no safety clearance for the whole of this time."), code="bookings.no_safety"
        )
    level = asked.instrument.required_level
    if asked.is_use and not certified_throughout(asked.user, asked.instrument, level, asked.start, asked.end):
        yield WrongState(
            _("There is no sufficient certificate for the whole of this time."),
            code="bookings.no_certificate",
            required_level=level,
        )


def _night(asked: Wish, known: Circumstances) -> Iterator[Refusal]:
    if not asked.is_use or not known.is_night:
        return
    if not asked.instrument.night_self_use:
        yield WrongState(_("This instrument is not used at night."), code="bookings.no_night_use")
    elif not night_endorsed(asked.user, asked.instrument, asked.start, asked.end):
        yield WrongState(
            _("There is no night endorsement for this time."), code="bookings.no_night_endorsement"
        )
    elif known.second_person is SecondPerson.UNABLE:
        yield WrongState(
            _("Whoever was named to be there at night is not registered or cleared for the whole time."),
            code="bookings.no_second_person",
        )


def _customs(asked: Wish) -> Iterator[Refusal]:
    machine = asked.instrument
    outside = asked.is_use and asked.user.is_external
    if outside and machine.customs_supervised and not machine.external_use_registered:
        yield WrongState(
            _("The instrument is under customs supervision and external use is not registered."),
            code="bookings.customs",
        )


def _money(asked: Wish, known: Circumstances) -> Iterator[Refusal]:
    if not asked.is_charged:
        return
    if asked.fee is None:
        yield WrongState(_("There is no approved fee standard for this time."), code="fees.none")
    if asked.fund is None:
        yield Invalid(_("Please choose a fund that pays."), code="bookings.no_fund", field="fund")
    elif not usable_funds(asked.user, asked.start).filter(pk=asked.fund.pk).exists():
        yield NotPermitted(
            _("This fund cannot pay for this person at this time."), code="funding.not_usable", field="fund"
        )
    elif known.estimated_fen is not None and asked.standing is None:
        more = max(0, known.estimated_fen - asked.held_fen)
        yield from obstacles_to_hold(fund=asked.fund, user=asked.user, amount_fen=more, now=asked.now)
    most = asked.settings["billing.arrears_days"]
    if known.debt_days > most:
        yield WrongState(
            _("Charges on this fund have been unpaid for %(days)d days; it pays nothing new until they are.")
            % {"days": known.debt_days},
            code="funding.arrears",
            field="fund",
            days=known.debt_days,
            most_days=most,
        )
