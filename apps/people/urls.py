"""Addresses of this room's pages."""

from django.urls import path

from apps.people.views import absences, applying, hr, office, organisations, rights

urlpatterns = [
    path("join/", applying.application_create, name="application_create"),
    path("join/<slug:token>/", applying.application_status, name="application_status"),
    path("join/<slug:token>/withdraw/", applying.application_withdraw, name="application_withdraw"),
    path("me/rights/", rights.right_list, name="right_list"),
    path("me/rights/grant/", rights.right_grant, name="right_grant"),
    path("me/rights/<slug:ulid>/end/", rights.right_revoke, name="right_revoke"),
    path("me/absence/", absences.absence_list, name="absence_list"),
    path("me/absence/<slug:ulid>/end/", absences.absence_end, name="absence_end"),
    path("office/", office.office_home, name="office_home"),
    path("office/applications/", office.application_list, name="application_list"),
    path("office/posts/", office.post_list, name="post_list"),
    path("office/posts/<slug:ulid>/end/", office.post_end, name="post_end"),
    path("office/organisations/", organisations.organisation_list, name="organisation_list"),
    path("office/organisations/<slug:ulid>/", organisations.organisation_detail, name="organisation_detail"),
    path(
        "office/organisations/<slug:ulid>/block/",
        organisations.organisation_block,
        name="organisation_block",
    ),
    path("office/hr/", hr.hr_list, name="hr_list"),
    path("office/hr/template/", hr.hr_template, name="hr_template"),
    path("office/hr/<slug:ulid>/", hr.hr_file, name="hr_file"),
    path("office/hr/<slug:ulid>/progress/", hr.hr_progress, name="hr_progress"),
    path("office/hr/<slug:ulid>/confirm/", hr.hr_confirm, name="hr_confirm"),
    path("office/hr/<slug:ulid>/reject/", hr.hr_reject, name="hr_reject"),
    path("office/hr/<slug:ulid>/report/", hr.hr_report, name="hr_report"),
    path("office/hr/<slug:ulid>/faults/", hr.hr_faults, name="hr_faults"),
]
