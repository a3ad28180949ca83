"""The tables of this room: bookings, and the terms and opening windows under which they are made."""

from apps.bookings.models.booking import Booking
from apps.bookings.models.terms import BookingTerms, OpeningWindow

__all__ = ["Booking", "BookingTerms", "OpeningWindow"]
