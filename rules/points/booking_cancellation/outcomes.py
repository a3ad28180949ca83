"""The outcomes of ``booking.cancellation``."""

FREE, LATE, REFUSED_OVER = "free", "late", "refused_over"
