"""The dated parameters of cancelling, of not coming, and of the points for both."""

from apps.core.declaring import Parameter

POINTS = (
    Parameter(
        "bookings.late_cancel_minutes",
        120,
        "Whoever cancels their own booking later than this many minutes before it begins is late.",
    ),
    Parameter("bookings.late_cancel_points", 1, "Points for a late cancellation; 0 for none."),
    Parameter(
        "bookings.late_cancel_per_mille",
        0,
        "So many per mille of the estimate are asked for a late cancellation that gives points; 0 for none.",
    ),
    Parameter(
        "bookings.no_show_per_mille",
        0,
        "So many per mille of the estimate are asked for a no-show that gives points; 0 for none.",
    ),
    Parameter(
        "bookings.mistake_minutes",
        15,
        "Whoever cancels within this many minutes of booking has made a mistake and is never late.",
    ),
    Parameter(
        "bookings.grace_minutes",
        30,
        "Nobody having begun so many minutes after the start, the rest of a booking is freed; 0 for never.",
    ),
    Parameter(
        "bookings.route",
        "auto",
        "Who is asked before a booking is confirmed (auto, manager, pi, both, lab_head), unless terms say.",
    ),
    Parameter(
        "bookings.answer_hours",
        2,
        "A booking about which somebody is asked is refused when nobody has answered so many hours ahead.",
    ),
    Parameter("bookings.no_show_points", 2, "Points for not coming and not cancelling; 0 for none."),
    Parameter("bookings.points_days", 90, "Points count for this many days."),
    Parameter(
        "bookings.points_limit", 5, "With so many points that count, no own use is booked; 0 for never."
    ),
    Parameter("bookings.appeal_days", 14, "Days in which somebody may appeal against their points."),
)
