"""The facts of `training.eligibility`, gathered with their sources, and the question itself. It decides
nothing; whether the group can pay is known above and arrives as an argument.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from apps.core import parameters
from apps.core.periods import in_force
from apps.decisions.judging import Judgement, judge
from apps.decisions.operations import Decided, decide
from apps.instruments.models import Instrument
from apps.instruments.queries import open_incidents
from apps.people.models import User
from apps.people.queries import user_state
from apps.training.coverage import covered_by, covers, version_in_force
from apps.training.exam_papers import standing_of
from apps.training.models import (
    Certificate,
    CertificateSuspension,
    Course,
    CourseVersion,
    SafetyClearance,
)
from apps.training.progress import demands_of
from apps.training.queries import days_left, rank
from apps.training.recency import renews_without_exam
from rules.points.access_unlock import UserKind
from rules.points.training_eligibility import KEY, EligibilityFacts, RenewalState, TrainingKind

SELF_OPERATED_FROM = 3  # the opening level from which somebody operates an instrument themselves
ENDLESS_DAYS = 36_500
_PARAMETERS = ("training.renewal_window_days", "training.renewal_grace_days")


@dataclass(frozen=True)
class Wish:
    """Who wants to be trained for what; without an instrument on any that the course covers."""

    user: User
    course: Course
    kind: str
    instrument: Instrument | None = None

    @property
    def object_ref(self) -> str:
        """What a decision about it is about."""
        if self.instrument is not None:
            return f"instrument:{self.instrument.ulid}"
        return f"course:{self.course.ulid}"


@dataclass(frozen=True)
class Asked:
    """A wish with everything that is known about it."""

    wish: Wish
    facts: EligibilityFacts
    sources: Mapping[str, Mapping[str, Any]]


def gather(wish: Wish, *, fund: str, now: datetime) -> Asked:
    """Everything known about a wish. `fund` is one of `TrainingFund`, as the caller found it. At most twelve
    queries.
    """
    found: dict[str, Any] = {"kind": wish.kind, "fund": fund}
    sources: dict[str, dict[str, Any]] = {
        "kind": _source("request", "", "申请", "Request"),
        "fund": _source("fund", "", "课题组经费", "Funds of the group"),
    }
    version = version_in_force(wish.course, now)
    for values, source in (
        *_person(wish, now),
        _course(wish, version),
        _instrument(wish),
        _held(wish, version, now),
        _attempts(wish, version, now),
    ):
        found |= values
        sources |= dict.fromkeys(values, source)
    return Asked(wish, EligibilityFacts(**found), sources)


def ask_eligibility(asked: Asked, *, asked_by: str, now: datetime) -> Decided:
    """The recorded decision whether the training may begin, with everything that is missing."""
    return decide(
        point=KEY,
        facts=asked.facts,
        sources=asked.sources,
        subject_id=asked.wish.user.pk,
        object_ref=asked.wish.object_ref,
        asked_by=asked_by,
        now=now,
    )


def preview_eligibility(asked: Asked, *, now: datetime) -> Judgement:
    """The same answer without a record, for a page that shows what would be missing."""
    return judge(point=KEY, facts=asked.facts, at=now)


def suggested_kind(user: User, course: Course, instrument: Instrument | None, now: datetime) -> TrainingKind:
    """The kind of training that fits what somebody holds: what ends soon is renewed, a lower level raised, a
    sister instrument's level carried over, and everything else begun. Two queries.
    """
    held, _source = _held(Wish(user, course, TrainingKind.NEW, instrument), None, now)
    if held["renewal"] in (RenewalState.DUE, RenewalState.EARLY):
        return TrainingKind.RENEWAL
    if held["lower_held"]:
        return TrainingKind.UPGRADE
    return TrainingKind.DIFFERENCE if held["sister_held"] else TrainingKind.NEW


Told = tuple[dict[str, Any], dict[str, Any]]


def _source(kind: str, ref: str, zh: str, en: str, until: datetime | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}
    return found if until is None else found | {"valid_until": until.isoformat()}


def _person(wish: Wish, now: datetime) -> list[Told]:
    user = wish.user
    kind = user.kind if user.kind in tuple(UserKind) else UserKind.UNKNOWN
    if user.is_visitor(now):
        kind = UserKind.VISITOR
    register = _source("user", user.ulid, "用户登记", "User register", user.valid_until)
    given = SafetyClearance.objects.filter(
        Q(revoked_at__isnull=True) | Q(revoked_at__gt=now), user=user, valid_from__lte=now
    )
    ends = [(clearance.valid_until, clearance.ulid) for clearance in given]
    days, ref = _last_end(ends, now)
    return [
        ({"user_state": user_state(user, now), "user_kind": kind}, register),
        (
            {"safety_clearance_days_left": days},
            _source("safety_clearance", ref, "安全准入", "Safety clearance"),
        ),
    ]


def _last_end(ends: Sequence[tuple[datetime | None, str]], now: datetime) -> tuple[int | None, str]:
    """Days until the last of several ends, and whose it is; None without any, very many if endless."""
    for end, ulid in ends:
        if end is None:
            return ENDLESS_DAYS, ulid
    last = max(((end, ulid) for end, ulid in ends if end is not None), default=None)
    return (None, "") if last is None else (days_left(last[0], now), last[1])


def _course(wish: Wish, version: CourseVersion | None) -> Told:
    source = _source("course", wish.course.ulid, "培训课程", "Training course")
    return (
        {
            "course_open": version is not None and not wish.course.is_safety,
            "wished_level": wish.course.level or "none",
            "prerequisite_level": version.prerequisite_level if version else "none",
        },
        source,
    )


def _instrument(wish: Wish) -> Told:
    """One instrument, or of several that there is one which people operate themselves."""
    one = wish.instrument
    if one is None:
        open_ones = Instrument.objects.filter(
            covered_by(wish.course), opening_level__gte=SELF_OPERATED_FROM, retired_at__isnull=True
        )
        source = _source("course", wish.course.ulid, "课程所含仪器", "Instruments of the course")
        return {"instrument_open": open_ones.exists(), "incident": "none"}, source
    effects = set(open_incidents(one).values_list("effect", flat=True))
    return (
        {
            "instrument_open": one.retired_at is None and one.opening_level >= SELF_OPERATED_FROM,
            "incident": next((e for e in ("locked", "refuse_new") if e in effects), "none"),
        },
        _source("instrument", one.ulid, "仪器档案", "Instrument register"),
    )


def _held(wish: Wish, version: CourseVersion | None, now: datetime) -> Told:
    known = _certificates(wish.user, now)
    counting = [one for one in known if _counts(one, now)]
    here = [one for one in known if _is_here(one, wish)]
    levels = [one.level for one in counting if _is_here(one, wish)]
    held = max(levels, key=rank, default="none")
    wished = rank(wish.course.level or "none")
    older = _under_older_terms(counting, wish, version)
    present = [one for one in counting if one not in older and _is_here(one, wish)]
    sisters = any(rank(one.level) >= wished and _is_sister(one, wish) for one in counting)
    others = list(version.required_courses.all()) if version else []
    missing = [other.code for other in others if not _gives(other, counting)]
    lowest = rank(version.prerequisite_level) if version else 0
    values = {
        "held_level": held,
        "held_already": any(rank(one.level) >= wished > 0 for one in present),
        "certificate_suspended": any(one.suspended and _unended(one, now) for one in here),
        "prerequisite_held": rank(held) >= lowest,
        "missing_courses": ", ".join(missing),
        "courses_held": not missing,
        "lower_held": 0 < rank(held) < wished,
        "sister_held": sisters or any(rank(one.level) >= wished for one in older),
        "renewal": _renewal([one for one in here if rank(one.level) >= wished], now),
    }
    best = max(here, key=_end_of, default=None)
    source = (
        _source("certificate", best.ulid, "操作证", "Certificate", best.valid_until)
        if best
        else _source("certificate", "", "没有操作证", "No certificate")
    )
    return values, source


def _certificates(user: User, now: datetime) -> Sequence[Any]:
    """Everything the user was ever given and that was not taken away, each with whether it is suspended."""
    suspended = CertificateSuspension.objects.filter(in_force(now), certificate=OuterRef("pk"))
    kept = Q(revoked_at__isnull=True) | Q(revoked_at__gt=now) | Q(ended_as=Certificate.Ending.LAPSED)
    found = Certificate.objects.filter(kept, user=user, valid_from__lte=now)
    return list(found.annotate(suspended=Exists(suspended)).select_related("instrument", "course_version"))


def _end_of(one: Certificate) -> datetime:
    assert one.valid_until is not None  # noqa: S101 - a constraint says so
    return min(one.valid_until, one.revoked_at) if one.revoked_at else one.valid_until


def _unended(one: Certificate, now: datetime) -> bool:
    return _end_of(one) > now


def _counts(one: Any, now: datetime) -> bool:
    return _unended(one, now) and not one.suspended


def _is_here(one: Certificate, wish: Wish) -> bool:
    if wish.instrument is not None:
        return one.instrument_id == wish.instrument.pk
    return covers(wish.course, one.instrument)


def _is_sister(one: Certificate, wish: Wish) -> bool:
    """The same class and model, but another instrument."""
    here = wish.instrument
    if here is None or one.instrument_id == here.pk:
        return False
    return (one.instrument.class6, one.instrument.model) == (here.class6, here.model)


def _under_older_terms(counting: Sequence[Any], wish: Wish, version: CourseVersion | None) -> list[Any]:
    """Certificates here that earlier terms of the course gave: to a difference training they are a sister's,
    to everything else what is held.
    """
    if wish.kind != TrainingKind.DIFFERENCE or version is None:
        return []
    given = [one for one in counting if _is_here(one, wish) and one.course_version is not None]
    return [
        one
        for one in given
        if one.course_version.course_id == wish.course.pk and one.course_version.number < version.number
    ]


def _gives(course: Course, counting: Iterable[Certificate]) -> bool:
    return any(covers(course, one.instrument) and rank(one.level) >= rank(course.level) for one in counting)


def _renewal(candidates: Sequence[Certificate], now: datetime) -> str:
    if not candidates:
        return RenewalState.NONE
    found = parameters.values(_PARAMETERS, at=now)
    end = max(_end_of(one) for one in candidates)
    if end - timedelta(days=found["training.renewal_window_days"]) > now:
        return RenewalState.EARLY
    late = end + timedelta(days=found["training.renewal_grace_days"]) < now
    return RenewalState.LATE if late else RenewalState.DUE


def _attempts(wish: Wish, version: CourseVersion | None, now: datetime) -> Told:
    """What is left of the attempts; where no exam is asked for there is always one."""
    left = 1
    if version is not None:
        demands = demands_of(version, wish.kind, has_exam=version.shares.exists())
        waived = renews_without_exam(wish.user, wish.course, wish.instrument, wish.kind, now)
        if demands.exam and not waived:
            left = standing_of(wish.user, wish.course, version, now).left
    return {"attempts_left": left}, _source("exams", "", "考试记录", "Exams sat")
