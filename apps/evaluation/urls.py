"""Addresses of the evaluation room."""

from django.urls import path

from apps.evaluation.views import files, rounds, schemes, sheets, simulator

urlpatterns = [
    path("evaluation/", rounds.round_list, name="evaluation_list"),
    path("evaluation/consequences/", rounds.consequence_list, name="evaluation_consequences"),
    path("evaluation/evidence/<slug:ulid>/", files.evidence_file, name="evaluation_evidence"),
    path("evaluation/rounds/<slug:ulid>/", rounds.round_board, name="evaluation_round"),
    path("evaluation/rounds/<slug:ulid>/progress/", rounds.round_progress, name="evaluation_progress"),
    path("evaluation/rounds/<slug:ulid>/excel/", rounds.round_export, name="evaluation_export"),
    path("evaluation/results/<slug:ulid>/", rounds.results, name="evaluation_results"),
    path("evaluation/sheets/<slug:ulid>/", sheets.sheet_detail, name="evaluation_sheet"),
    path("evaluation/sheets/<slug:ulid>/items/", sheets.item_add, name="evaluation_item_add"),
    path("evaluation/sheets/<slug:ulid>/papers/", sheets.paper_add, name="evaluation_paper_add"),
    path("evaluation/sheets/<slug:ulid>/appeal/", sheets.sheet_appeal, name="evaluation_appeal"),
    path("evaluation/items/<slug:ulid>/withdraw/", sheets.item_withdraw, name="evaluation_item_withdraw"),
    path("evaluation/items/<slug:ulid>/correct/", sheets.item_correct, name="evaluation_item_correct"),
    path("evaluation/items/<slug:ulid>/evidence/", files.evidence_begin, name="evaluation_evidence_begin"),
    path("evaluation/papers/<slug:ulid>/withdraw/", sheets.claim_withdraw, name="evaluation_claim_withdraw"),
    path("evaluation/papers/<slug:ulid>/refuse/", sheets.claim_refuse, name="evaluation_claim_refuse"),
    path("evaluation/schemes/", schemes.scheme_list, name="evaluation_scheme_list"),
    path("evaluation/schemes/new/", schemes.scheme_new, name="evaluation_scheme_new"),
    path("evaluation/schemes/install/", schemes.scheme_install, name="evaluation_scheme_install"),
    path("evaluation/schemes/<slug:ulid>/", schemes.scheme_detail, name="evaluation_scheme"),
    path("evaluation/schemes/<slug:ulid>/draft/", schemes.scheme_draft, name="evaluation_scheme_draft"),
    path("evaluation/schemes/<slug:ulid>/edit/", schemes.scheme_edit, name="evaluation_scheme_edit"),
    path("evaluation/schemes/<slug:ulid>/check/", schemes.scheme_check, name="evaluation_scheme_check"),
    path("evaluation/schemes/<slug:ulid>/adopt/", schemes.scheme_adopt, name="evaluation_scheme_adopt"),
    path("evaluation/schemes/<slug:ulid>/discard/", schemes.scheme_discard, name="evaluation_scheme_discard"),
    path("evaluation/schemes/<slug:ulid>/what-if/", simulator.simulator, name="evaluation_simulator"),
]
