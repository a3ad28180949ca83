"""The outcomes of ``booking.cancellation``."""

FREE, LATE, NO_SHOW, REFUSED_OVER = "free", "late", "no_show", "refused_over"
