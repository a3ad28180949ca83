"""The outcomes of ``booking.cancellation``."""

FREE, LATE, NO_SHOW, REFUSED_OVER = "free", "late", "no_show", "refused_over"
# The same, and a part of the fee besides.
LATE_CHARGED, NO_SHOW_CHARGED = "late_charged", "no_show_charged"
