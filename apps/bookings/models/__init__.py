"""The tables of this room: bookings, and the terms, opening windows and quotas under which they are
made.
"""

from apps.bookings.models.booking import Booking
from apps.bookings.models.quotas import GroupQuota
from apps.bookings.models.terms import BookingTerms, OpeningWindow

__all__ = ["Booking", "BookingTerms", "GroupQuota", "OpeningWindow"]
