"""Pages of this room: one's own bookings, and how an instrument is booked."""
