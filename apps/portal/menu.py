"""What the menu holds, as data: every entry by the name of its page, with its words, the short ones of a
phone, its icon and the pages on which it is the present one; and the sections in which entries stand.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.errors import Text

_TASK = ("detail", "send_back", "transfer", "delegate", "give_back", "add_signer", "remove_signer")
_CASE = ("detail", "urge", "copy", "withdraw", "cancel", "diagram")
_REVIEW = ("list", "dossier", "effect", "past", "votes", "board", "round", "seat", "together", "recuse")
_SAMPLES = (
    *("list", "new", "draft", "import", "discard", "request", "request_act"),
    *("detail", "act", "board", "queue", "sponsor", "link"),
)
_CLASSES = ("classes", "class_new", "class_change", "class_end")
ENTRIES: tuple[tuple[str, Text, Text, str, frozenset[str]], ...] = (
    ("home", _("Home"), _("Home"), "home", frozenset({"home"})),
    ("my_day", _("My day"), _("My day"), "checks", frozenset({"my_day", "held_record"})),
    (
        "task_inbox",
        _("Approvals"),
        _("Approvals"),
        "inbox",
        frozenset(
            {
                "task_inbox",
                "task_batch",
                *(f"task_{verb}" for verb in _TASK),
                *(f"case_{verb}" for verb in _CASE),
            }
        ),
    ),
    (
        "instrument_list",
        _("Instruments"),
        _("Instruments"),
        "microscope",
        frozenset(
            {
                "instrument_list",
                "instrument_detail",
                "here",
                "here_fault",
                "booking_create",
                "waiting_join",
                "waiting_list",
                "series_create",
                *("instrument_opening", "instrument_lower", "instrument_commission"),
            }
        ),
    ),
    (
        "booking_timetable",
        _("Timetable"),
        _("Timetable"),
        "clock",
        frozenset({"booking_timetable", "instrument_timetable", "slot_finder"}),
    ),
    (
        "booking_list",
        _("My bookings"),
        _("Bookings"),
        "calendar-event",
        frozenset(
            {
                *("booking_list", "booking_cancel"),
                *("waiting_mine", "waiting_detail", "waiting_leave"),
                *("booking_change", "booking_hand_over", "hand_over"),
                *("series_mine", "series_detail"),
                *("point_list", "point_appeal", "appeal_list", "appeal_decide"),
                "booking_list",
                "booking_cancel",
                "booking_calendar",
                *(f"calendar_feed_{verb}" for verb in ("create", "renew", "revoke")),
            }
        ),
    ),
    (
        "sample_list",
        _("My samples"),
        _("Samples"),
        "eye",
        frozenset(f"sample_{page}" for page in _SAMPLES),
    ),
    (
        "training_mine",
        _("My training"),
        _("Training"),
        "school",
        frozenset(
            {"training_mine", "course_list", "course_detail", "exam_start", "exam_submit", "exam_result"}
        ),
    ),
    (
        "training_desk",
        _("Training desk"),
        _("Desk"),
        "certificate",
        frozenset(
            {
                "training_desk",
                "session_schedule",
                "session_cancel",
                "holder_list",
                "question_list",
                "request_assess",
            }
        ),
    ),
    (
        "fee_proposal_list",
        _("Fee proposals"),
        _("Fees"),
        "coins",
        frozenset(
            {
                "fee_proposal_list",
                *(f"fee_{page}" for page in ("proposal_new", "proposal", "sheet", "not_open", "file_add")),
                *(f"fee_{page}" for page in ("copy", "discard", "file_remove", "import", "whatif")),
            }
        ),
    ),
    (
        "fee_review_list",
        _("Fee reviews"),
        _("Committee"),
        "scale",
        frozenset({"fee_notice_list", "fee_notice", *(f"fee_review_{page}" for page in _REVIEW)}),
    ),
    (
        "hosting_list",
        _("Hosted instruments"),
        _("Hosting"),
        "building",
        frozenset(
            {
                *("hosting_list", "hosting_board", "hosting_agreement", "hosting_terms"),
                *("hosting_differences", "hosting_statement", "hosting_photo_add", "hosting_cost"),
                *("hosting_leave", "hosting_breach", "hosting_figure"),
            }
        ),
    ),
    (
        "usage_list",
        _("Usage and charges"),
        _("Usage"),
        "receipt",
        frozenset({"usage_list", "usage_correct", "usage_correction", "usage_corrections"}),
    ),
    (
        "asset_list",
        _("School library"),
        _("Library"),
        "table",
        frozenset(
            {
                *("asset_list", "asset_classes", "asset_detail", "asset_edit", "asset_edit_back"),
                *("asset_lists", "asset_list_by_lab", "asset_tag", "asset_tag_end"),
                *("quality_list", "quality_detail", "quality_table"),
            }
        ),
    ),
    (
        "evaluation_list",
        _("Evaluation"),
        _("Evaluation"),
        "scale",
        frozenset(
            {
                *("evaluation_list", "evaluation_round", "evaluation_sheet", "evaluation_results"),
                "evaluation_figure",
                *("evaluation_item_add", "evaluation_item_correct", "evaluation_paper_add"),
                *("evaluation_claim_refuse", "evaluation_appeal", "evaluation_consequences"),
                *("evaluation_open", "evaluation_simulator", "evaluation_scheme_list", "evaluation_scheme"),
                *(f"evaluation_scheme_{page}" for page in ("new", "edit", "adopt", "discard")),
            }
        ),
    ),
    ("price_list", _("Price list"), _("Prices"), "coin", frozenset({"price_list", "price_coverage"})),
    (
        "figure_list",
        pgettext_lazy("statistics", "Figures"),
        pgettext_lazy("statistics", "Figures"),
        "chart-bar",
        frozenset(
            {
                *("figure_list", "figure_records"),
                *("facility_review_list", "facility_review", "facility_table", "facility_cell"),
                *("facility_papers", "facility_figure"),
            }
        ),
    ),
    (
        "wall",
        _("Live wall"),
        _("Live wall"),
        "plug-connected",
        frozenset({"wall", "wall_lock", "wall_stop", "wall_unlock"}),
    ),
    (
        "controller_list",
        _("Controllers"),
        _("Controllers"),
        "device-desktop",
        frozenset({"controller_list"}),
    ),
    (
        "person_list",
        _("People"),
        _("People"),
        "users",
        frozenset({"person_list", "person_leave", "person_suspend"}),
    ),
    (
        "office_home",
        _("Equipment office"),
        _("Office"),
        "building",
        frozenset(
            {
                "office_home",
                "application_list",
                "post_list",
                "post_end",
                "organisation_list",
                "organisation_detail",
                "organisation_block",
                "hr_list",
                "hr_file",
                "hr_confirm",
                "hr_reject",
                *(f"sample_{page}" for page in _CLASSES),
            }
        ),
    ),
    ("demo_bench", _("Bench panel (demo)"), _("Bench"), "adjustments", frozenset({"demo_bench"})),
)
# The order of the menu: what one does oneself, what one runs for others, money, what is told of it, who.
SECTIONS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    ("", ("home", "my_day", "task_inbox")),
    (
        pgettext_lazy("menu", "Use"),
        (
            "instrument_list",
            "booking_list",
            "booking_timetable",
            "sample_list",
            "training_mine",
            "usage_list",
        ),
    ),
    (pgettext_lazy("menu", "Running"), ("training_desk", "wall", "controller_list")),
    (pgettext_lazy("menu", "Fee standards"), ("fee_proposal_list", "fee_review_list", "price_list")),
    (
        pgettext_lazy("menu", "Sharing and results"),
        ("asset_list", "hosting_list", "figure_list", "evaluation_list"),
    ),
    (pgettext_lazy("menu", "Administration"), ("person_list", "office_home", "demo_bench")),
)
