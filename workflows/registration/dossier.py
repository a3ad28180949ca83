"""What those who decide about a registration see: the application in words, and what the screening found."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.core.clock import school_time
from apps.decisions.judging import Judgement
from apps.people.applying import repetitions_of
from apps.people.models import RegistrationApplication, User
from rules.decision import Reason, reason_of
from workflows.models import Case
from workflows.services.starting import freeze

Section = Mapping[str, Any]
_REPETITIONS = _("Further applications under this identity")
_MOST = 50


def application_section(application: RegistrationApplication) -> Section:
    """The application. Choices stay English msgids, translated for each reader."""
    rows: list[dict[str, Any]] = [
        {"label": _("Kind"), "value": _KINDS[application.kind], "type": "choice"},
        {"label": _("Name"), "value": _both(application.name_zh, application.name_en)},
        {"label": _("E-mail"), "value": application.email},
        {"label": _("Telephone"), "value": application.phone},
    ]
    if application.is_external:
        rows += [
            {"label": _("Organisation"), "value": application.organisation_name},
            {"label": _("Unified social credit code"), "value": application.organisation_code},
            {"label": _("Listed as"), "value": _listed(application)},
            {"label": _("Number of the agreement with the school"), "value": application.contract},
        ]
    else:
        rows += [
            {"label": _("School number"), "value": application.number},
            {"label": _("Sponsor"), "value": application.sponsor_text},
            {"label": _("Recognised as"), "value": _sponsor(application.sponsor)},
        ]
    until = application.wished_until
    rows += [
        {"label": _("Until when"), "value": until.isoformat() if until else None, "type": "date"},
        {"label": _("What for"), "value": application.purpose},
        {"label": _("Sent"), "value": application.submitted_at.isoformat(), "type": "datetime"},
        {"label": _("User agreement"), "value": application.terms_version},
    ]
    return {"title": _("Application"), "rows": [row for row in rows if row["value"] not in ("", None)]}


def earlier_sections(application: RegistrationApplication) -> list[Section]:
    """The account that somebody had who was registered before, as it was then: it is this one that would come
    back, with the e-mail address and the password of whoever applies now. Nothing for a newcomer.
    """
    account = application.applicant
    if account is None or account.valid_from is None:
        return []
    until = account.valid_until
    rows: list[dict[str, Any]] = [
        {"label": _("Login"), "value": account.username},
        {"label": _("Name"), "value": _both(account.name_zh, account.name_en)},
        {"label": _("E-mail"), "value": account.email},
        {"label": _("Telephone"), "value": account.phone},
        {"label": _("Ended"), "value": until.isoformat() if until else None, "type": "datetime"},
        {"label": _("Suspended at the time"), "value": _suspensions(account) or None, "type": "list"},
    ]
    return [
        {"title": _("Registered before"), "rows": [row for row in rows if row["value"] not in ("", None)]}
    ]


def _suspensions(account: User) -> list[str]:
    """When and why, the latest first: it has ended with the registration, and somebody should know."""
    latest = account.suspensions.order_by("-valid_from", "-id")[:_MOST]
    return [f"{school_time(one.valid_from):%Y-%m-%d} {one.reason}" for one in latest]


def show_repetitions(case: Case, application: RegistrationApplication) -> bool:
    """What else came in under the same identity, in the next dossier of the case unless the newest has it.
    Gives whether there is any. Called inside a transition.
    """
    rows = [
        [
            f"{school_time(one.submitted_at):%Y-%m-%d %H:%M}",
            _both(one.name_zh, one.name_en),
            one.email,
            one.phone,
            one.organisation_name or one.sponsor_text,
        ]
        for one in repetitions_of(application)[:_MOST]
    ]
    if not rows:
        return False
    columns = [_("Sent"), _("Name"), _("E-mail"), _("Telephone"), _("Sponsor or organisation")]
    section = {"title": _REPETITIONS, "table": {"columns": columns, "rows": rows}}
    newest = case.dossiers.order_by("-number").first()
    shown = newest.content["sections"] if newest is not None else []
    if section not in shown:
        freeze(case, [*(one for one in shown if one["title"] != _REPETITIONS), section])
    return True


def screening_section(reasons: Sequence[Reason]) -> Section:
    """What the rules found, in both languages: it is read by people of either."""
    return {
        "title": _("Screening"),
        "table": {
            "columns": [_("What was found"), _("Code")],
            "rows": [[{"zh": reason.zh, "en": reason.en}, reason.code] for reason in reasons],
        },
    }


def found_reasons(judgement: Judgement) -> list[Reason]:
    """Every row that fired for the outcome, not only the one that decided: whoever looks at it should see all
    there is. An alarm has its own single reason.
    """
    decision, table = judgement.decision, judgement.table
    if table is None or judgement.alarm:
        return list(decision.reasons)
    fired = [row for row in table.rows if row.id in decision.fired and row.outcome == decision.outcome]
    return [reason_of(row, decision.facts) for row in fired]


_KINDS: Mapping[str, str] = {
    User.Kind.STUDENT: _("Student"),
    User.Kind.STAFF: _("Staff"),
    User.Kind.EXTERNAL_ACADEMIC: _("External academic"),
    User.Kind.ENTERPRISE: _("Enterprise"),
}


def _both(zh: str, en: str) -> str:
    return f"{zh} ({en})" if en else zh


def _sponsor(sponsor: User | None) -> str:
    return f"{sponsor.name_zh} ({sponsor.username})" if sponsor else ""


def _listed(application: RegistrationApplication) -> str:
    return application.organisation.name_zh if application.organisation else ""
