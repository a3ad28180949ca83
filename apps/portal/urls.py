"""Addresses of the pages that cross apps."""

from django.urls import path

from apps.portal.views import (
    bench,
    commission,
    condition,
    controllers,
    correcting,
    day,
    decision,
    held,
    here,
    home,
    instrument,
    language,
    phone,
    scan,
    training,
    wall,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("manifest.webmanifest", phone.manifest, name="manifest"),
    path("sw.js", phone.service_worker, name="service_worker"),
    path("scan/", scan.scan, name="scan"),
    path("pocket/", phone.pocket, name="pocket"),
    path("offline/", phone.offline, name="offline"),
    path("healthz", home.healthz, name="healthz"),
    path("language/", language.set_language, name="set_language"),
    path("instruments/<slug:asset_no>/", instrument.instrument_detail, name="instrument_detail"),
    path("instruments/<slug:asset_no>/lock/", instrument.instrument_lock, name="instrument_lock"),
    path(
        "instruments/<slug:asset_no>/condition/", condition.instrument_condition, name="instrument_condition"
    ),
    path("instruments/<slug:asset_no>/release/", instrument.instrument_release, name="instrument_release"),
    path(
        "instruments/<slug:asset_no>/commission/",
        commission.instrument_commission,
        name="instrument_commission",
    ),
    path(
        "instruments/<slug:asset_no>/commission/state/", commission.commission_state, name="commission_state"
    ),
    path(
        "instruments/<slug:asset_no>/commission/<slug:dev>/<int:node>/",
        commission.commission_test,
        name="commission_test",
    ),
    path("i/<slug:code>/", here.here, name="here"),
    path("i/<slug:code>/arrived/", here.here_arrived, name="here_arrived"),
    path("i/<slug:code>/on/", here.here_on, name="here_on"),
    path("i/<slug:code>/fault/", here.here_fault, name="here_fault"),
    path("instruments/<slug:asset_no>/code.pdf", here.instrument_code, name="instrument_code"),
    path("my-day/held/<slug:ulid>/", held.held_record, name="held_record"),
    path("usage/corrections/", correcting.usage_corrections, name="usage_corrections"),
    path("usage/corrections/<slug:ulid>/", correcting.usage_correction, name="usage_correction"),
    path(
        "usage/corrections/<slug:ulid>/withdraw/",
        correcting.usage_correction_withdraw,
        name="usage_correction_withdraw",
    ),
    path("usage/<slug:ulid>/correct/", correcting.usage_correct, name="usage_correct"),
    path("my-day/", day.my_day, name="my_day"),
    path("wall/", wall.wall, name="wall"),
    path("wall/tiles/", wall.wall_tiles, name="wall_tiles"),
    path("wall/<slug:dev>/<int:node>/lock/", wall.wall_lock, name="wall_lock"),
    path("wall/<slug:dev>/<int:node>/stop/", wall.wall_stop, name="wall_stop"),
    path("wall/<slug:dev>/<int:node>/unlock/", wall.wall_unlock, name="wall_unlock"),
    path("controllers/", controllers.controller_list, name="controller_list"),
    path("decisions/<slug:ulid>/", decision.decision_detail, name="decision_detail"),
    path("training/", training.training_mine, name="training_mine"),
    path("training/courses/<slug:ulid>/", training.course_detail, name="course_detail"),
    path("training/plan/<slug:asset_no>/", training.session_schedule, name="session_schedule"),
    path("demo/bench/", bench.demo_bench, name="demo_bench"),
]
