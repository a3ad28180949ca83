"""Machine-time bookings: one instrument, one period, one person, never two at once."""
