"""Addresses of fee reviews that are no step: sending a proposal, standing aside, the committee's pages, the
public notices.
"""

from django.urls import path

from workflows.fee_review import views
from workflows.fee_review.pages import board, dossier, listing, notices, parts, together

urlpatterns = [
    path("fee-notices/", notices.fee_notice_list, name="fee_notice_list"),
    path("fee-notices/<slug:ulid>/", notices.fee_notice, name="fee_notice"),
    path("fee-reviews/", listing.fee_review_list, name="fee_review_list"),
    path("fee-reviews/together/", together.fee_review_together, name="fee_review_together"),
    path("fee-reviews/<slug:ulid>/", dossier.fee_review_dossier, name="fee_review_dossier"),
    path(
        "fee-reviews/<slug:ulid>/effect/<slug:asset_no>/", parts.fee_review_effect, name="fee_review_effect"
    ),
    path("fee-reviews/<slug:ulid>/past/", parts.fee_review_past, name="fee_review_past"),
    path("fee-reviews/<slug:ulid>/votes/", parts.fee_review_votes, name="fee_review_votes"),
    path("fee-reviews/<slug:ulid>/files/<slug:file>/", parts.fee_review_file, name="fee_review_file"),
    path("fee-reviews/<slug:ulid>/board/", board.fee_review_board, name="fee_review_board"),
    path("fee-reviews/<slug:ulid>/round/<slug:verb>/", board.fee_review_round, name="fee_review_round"),
    path(
        "fee-reviews/<slug:ulid>/seats/<slug:seat>/<slug:verb>/",
        board.fee_review_seat,
        name="fee_review_seat",
    ),
    path("fee-reviews/<slug:ulid>/send/", views.fee_review_start, name="fee_review_start"),
    path("fee-reviews/<slug:ulid>/recuse/", views.fee_review_recuse, name="fee_review_recuse"),
]
