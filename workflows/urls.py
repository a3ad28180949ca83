"""Addresses of the workflow room: the inbox, tasks, cases. Processes add their own below."""

from django.urls import URLPattern, URLResolver, include, path

from workflows.views import batch, begin, case, inbox, passing, task

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("workflows.deregistration.urls")),
    path("", include("workflows.committee.urls")),
    path("", include("workflows.evaluation.urls")),
    path("", include("workflows.fee_review.urls")),
    path("", include("workflows.hosting.urls")),
    path("", include("workflows.sample.urls")),
    path("", include("workflows.onboarding.urls")),
    path("", include("workflows.facility_review.urls")),
    path("inbox/", inbox.task_inbox, name="task_inbox"),
    path("inbox/batch/", batch.task_batch, name="task_batch"),
    path("tasks/<slug:ulid>/", task.task_detail, name="task_detail"),
    path("tasks/<slug:ulid>/claim/", task.task_claim, name="task_claim"),
    path("tasks/<slug:ulid>/release/", task.task_release, name="task_release"),
    path("tasks/<slug:ulid>/send-back/", passing.task_send_back, name="task_send_back"),
    path("tasks/<slug:ulid>/transfer/", passing.task_transfer, name="task_transfer"),
    path("tasks/<slug:ulid>/delegate/", passing.task_delegate, name="task_delegate"),
    path("tasks/<slug:ulid>/give-back/", passing.task_give_back, name="task_give_back"),
    path("tasks/<slug:ulid>/add-signer/", passing.task_add_signer, name="task_add_signer"),
    path("tasks/<slug:ulid>/remove-signer/", passing.task_remove_signer, name="task_remove_signer"),
    path("processes/", begin.process_list, name="process_list"),
    path("processes/<slug:key>/new/", begin.process_begin, name="process_begin"),
    path("cases/<slug:ulid>/", case.case_detail, name="case_detail"),
    path("cases/<slug:ulid>/urge/", case.case_urge, name="case_urge"),
    path("cases/<slug:ulid>/copy/", case.case_copy, name="case_copy"),
    path("cases/<slug:ulid>/withdraw/", case.case_withdraw, name="case_withdraw"),
    path("cases/<slug:ulid>/cancel/", case.case_cancel, name="case_cancel"),
    path("cases/<slug:ulid>/retry/", case.case_retry, name="case_retry"),
    path("cases/<slug:ulid>/print/", case.case_print, name="case_print"),
    path("cases/<slug:ulid>/files/<slug:file>/", case.case_file, name="case_file"),
]
