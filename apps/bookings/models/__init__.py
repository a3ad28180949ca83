"""The tables of this room: bookings, the terms, opening windows and quotas under which they are made, the
points for what was not kept, the addresses under which calendars read them, who wants invitations, and who
waits for time.
"""

from apps.bookings.models.booking import Booking
from apps.bookings.models.feeds import CalendarFeed
from apps.bookings.models.invitations import InvitationWish
from apps.bookings.models.moving import HandOver
from apps.bookings.models.points import PointAppeal, PointEntry
from apps.bookings.models.priority import PriorityWindow
from apps.bookings.models.quotas import GroupQuota
from apps.bookings.models.series import Series
from apps.bookings.models.terms import BookingTerms, OpeningWindow
from apps.bookings.models.waiting import Waiting

__all__ = [
    "Booking",
    "BookingTerms",
    "CalendarFeed",
    "GroupQuota",
    "HandOver",
    "InvitationWish",
    "OpeningWindow",
    "PointAppeal",
    "PointEntry",
    "PriorityWindow",
    "Series",
    "Waiting",
]
