"""The Celery application of worker and beat. Tasks live in each app's tasks.py; the truth stays in
database rows, so a lost task costs a delay and never a fact.
"""

import os
from pathlib import Path

from celery import Celery
from celery.signals import beat_init, worker_init, worker_ready
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from settings.checks import refuse_to_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.production")
TRANSPORT_ALIASES["filesystem"] = "apps.core.filequeue:Transport"  # one that never shows half a message
app = Celery("clearbench")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Each expires before the next is due: a worker that was away finds one of each, not a thousand.
app.conf.beat_schedule = {
    "relay": {"task": "core.relay_worker_channel", "schedule": 1.0, "options": {"expires": 1.0}},
    "end-overdue": {"task": "usage.end_overdue", "schedule": 60.0, "options": {"expires": 60.0}},
    "look-after-corrections": {
        "task": "usage.look_after_corrections",
        "schedule": 600.0,
        "options": {"expires": 600.0},
    },
    "forget-readings": {"task": "usage.forget_readings", "schedule": 86400.0, "options": {"expires": 3600.0}},
    "check-files": {"task": "files.check_received", "schedule": 2.0, "options": {"expires": 2.0}},
    "sweep-files": {"task": "files.sweep", "schedule": 600.0, "options": {"expires": 600.0}},
    "remove-leftovers": {
        "task": "files.remove_leftovers",
        "schedule": 86400.0,
        "options": {"expires": 3600.0},
    },
    "note-absences": {"task": "usage.note_absences", "schedule": 60.0, "options": {"expires": 60.0}},
    "seal-documents": {"task": "documents.seal_pending", "schedule": 60.0, "options": {"expires": 60.0}},
    "repair-permissions": {
        "task": "people.repair_permissions",
        "schedule": 600.0,
        "options": {"expires": 600.0},
    },
    "begin-renewals": {
        "task": "workflows.begin_renewals",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "reopen-fees": {"task": "workflows.reopen_fees", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "state-hosting": {"task": "workflows.state_hosting", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "look-after-hosting": {
        "task": "workflows.look_after_hosting",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "follow-not-open": {
        "task": "workflows.follow_not_open",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "end-run-out": {"task": "workflows.end_run_out", "schedule": 600.0, "options": {"expires": 600.0}},
    "read-hr-files": {"task": "people.read_hr_files", "schedule": 5.0, "options": {"expires": 5.0}},
    "read-register": {"task": "library.work_on_files", "schedule": 5.0, "options": {"expires": 5.0}},
    "purge-register-rows": {
        "task": "library.purge_rows",
        "schedule": 86400.0,
        "options": {"expires": 3600.0},
    },
    "score-records": {"task": "library.score_all", "schedule": 21_600.0, "options": {"expires": 3600.0}},
    "remind-of-records": {
        "task": "library.remind_managers",
        "schedule": 86400.0,
        "options": {"expires": 3600.0},
    },
    "purge-hr-rows": {"task": "people.purge_hr_rows", "schedule": 86400.0, "options": {"expires": 3600.0}},
    "forget-attempts": {"task": "people.forget_attempts", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "send-mail": {
        "task": "notices.send_due",
        "schedule": 2.0,
        "kwargs": {"channel": "email"},
        "options": {"expires": 2.0},
    },
    "send-messages": {
        "task": "notices.send_due",
        "schedule": 2.0,
        "kwargs": {"channel": "messenger"},
        "options": {"expires": 2.0},
    },
    "send-webhooks": {"task": "webhooks.send_due", "schedule": 2.0, "options": {"expires": 2.0}},
    "purge-webhooks": {"task": "webhooks.purge", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "purge-notices": {"task": "notices.purge", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "forget-answers": {"task": "tokens.forget_answers", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "sweep-cases": {"task": "workflows.sweep", "schedule": 30.0, "options": {"expires": 30.0}},
    "call-samples": {"task": "samples.call_due", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "close-exams": {"task": "training.close_expired_exams", "schedule": 20.0, "options": {"expires": 20.0}},
    "lapse-certificates": {
        "task": "training.lapse_certificates",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "lapse-hand-overs": {
        "task": "bookings.lapse_hand_overs",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "look-at-risk": {"task": "bookings.look_at_risk", "schedule": 600.0, "options": {"expires": 600.0}},
    "look-at-all-booked": {
        "task": "bookings.look_at_all",
        "schedule": 21_600.0,
        "options": {"expires": 21_600.0},
    },
    "serve-waiting": {"task": "bookings.serve_waiting", "schedule": 30.0, "options": {"expires": 30.0}},
    "release-holds": {"task": "billing.release_past_holds", "schedule": 60.0, "options": {"expires": 60.0}},
}


@worker_init.connect
def _refuse_weak_settings(**_: object) -> None:
    """A worker runs no system checks by itself."""
    refuse_to_start(settings)


@worker_ready.connect
@beat_init.connect
def _tell_supervisor(**_: object) -> None:
    """Touch the file that `make run` waits for; elsewhere nobody asks."""
    if file := os.environ.get("READY_FILE"):
        Path(file).touch()
