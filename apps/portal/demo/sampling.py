# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Samples at the demonstration school: three services, and a request in every state from the draft to the
samples given back. Everybody does their own part, by the operations and answers that pages use.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.funding.models import FundAccount
from apps.instruments.operations import appoint_crew
from apps.people.models import User
from apps.portal.demo.activity import deliver
from apps.portal.demo.sample_rows import CHECKER, MASS, REQUESTS, SERVICES, XRD, Stop
from apps.portal.demo.school import DAY, School, instrument
from apps.samples.custody import receive_sample, return_sample
from apps.samples.drafting import SampleDraft, draft_request, set_samples
from apps.samples.models import Sample, SampleRequest, ServiceTemplate
from apps.samples.queueing import hold_sample
from apps.samples.services import add_service
from apps.samples.testing import check_result, end_run, record_result, start_run
from workflows import services
from workflows.models import Case
from workflows.sample.beginning import hand_in

HOUR = timedelta(hours=1)


@dataclass
class Sampling:
    """One request as it goes; `at` is the moment of the last thing that was done."""

    request: SampleRequest
    engineer: User
    checker: User
    fund: FundAccount
    at: datetime
    case: Case | None = None

    def pause(self) -> datetime:
        """A while later, when everybody has heard what was done."""
        deliver(self.at)
        self.at += HOUR / 4
        return self.at

    def answer(self, node: str, by: User, outcome: str, opinion: str = "", **data: Any) -> None:
        """Somebody answers the step that waits for them."""
        now = self.pause()
        if self.case is None:
            raise LookupError("the samples were not handed in")
        step = self.case.steps.select_related("task__owner", "case").get(node=node, answered_at__isnull=True)
        services.answer(step=step, by=by, now=now, outcome=outcome, opinion=opinion, data=data)
        self.request.refresh_from_db()

    def samples(self) -> list[Sample]:
        """The samples as they are now."""
        rows = Sample.objects.filter(request=self.request).select_related("request", "holder", "instrument")
        return list(rows.order_by("position"))


def hand_in_samples(school: School, *, now: datetime) -> int:
    """All services and requests; returns how many requests."""
    offered = _offer(school, now - 40 * DAY)
    for login, key, names, days, stop, special in REQUESTS:
        user, start = school.people[login], now - days * DAY - 6 * HOUR
        request = draft_request(service=offered[key], by=user, now=start)
        values = {"material": names[0].split("-")[0]} | ({"solvent": "甲醇"} if key == MASS else {})
        rows = [SampleDraft(name=name, values=values, size_mm=8, **special) for name in names]
        set_samples(request=request, rows=rows, by=user, now=start)
        engineer = school.people[SERVICES[key][3]]
        fund = school.funds.get(login) or FundAccount.objects.get(group=request.group)
        _play(Sampling(request, engineer, school.people[CHECKER], fund, start), stop)
    deliver(now)
    return len(REQUESTS)


def _offer(school: School, at: datetime) -> dict[str, ServiceTemplate]:
    they = school.people
    where = instrument(SERVICES[XRD][1])
    appoint_crew(instrument=where, user=they[CHECKER], role="operator", by=they["office"], now=at)
    return {
        key: add_service(
            draft=draft,
            instrument=instrument(asset_no) if asset_no else None,
            class6=class6,
            by=they["office"] if class6 else they[engineer],
            now=at,
        )
        for key, (draft, asset_no, class6, engineer) in SERVICES.items()
    }


def _play(play: Sampling, stop: Stop) -> None:
    """From the draft to where it stops."""
    if stop > Stop.DRAFT:
        play.case = hand_in(request=play.request, by=play.request.requester, now=play.pause())
        play.request.refresh_from_db()
    if stop > Stop.JUDGED:
        _offer_and_agree(play, stop)
    if stop >= Stop.RECEIVED:
        _receive(play, stop)
    if stop >= Stop.TESTING:
        _test(play, stop)
    if stop >= Stop.RELEASED:
        _conclude(play, stop)


def _offer_and_agree(play: Sampling, stop: Stop) -> None:
    """An offer on the first instrument that would do."""
    own = play.request.template.instrument
    play.answer("offer", play.engineer, "complete", instrument=own.asset_no if own else "QY000012")
    if stop == Stop.DECLINED:
        play.answer("agree", play.request.requester, "reject", opinion="改由合作单位测试。")
    elif stop >= Stop.AGREED:
        play.answer("agree", play.request.requester, "approve", fund=play.fund)


def _receive(play: Sampling, stop: Stop) -> None:
    """Into the cupboard; a single one that is only received waits for its preparation."""
    now = play.pause()
    for sample in play.samples():
        receive_sample(sample=sample, by=play.engineer, now=now, weight_mg=180, place="样品柜 A-3")
    if stop == Stop.RECEIVED and len(play.samples()) == 1:
        (only,) = play.samples()
        hold_sample(sample=only, reason="preparation", by=play.engineer, now=play.pause(), note="需先抛光")


def _test(play: Sampling, stop: Stop) -> None:
    """Together in one run; where the test goes on, the first has its result."""
    samples = play.samples()
    machine = samples[0].instrument
    if machine is None:
        raise LookupError("samples without an instrument")
    run = start_run(instrument=machine, samples=samples, by=play.engineer, now=play.pause())
    now = play.pause()
    for sample in samples[:1] if stop == Stop.TESTING else samples:
        record_result(sample=sample, summary="物相与标准卡片一致，无杂相。", by=play.engineer, now=now)
    if stop > Stop.TESTING:
        end_run(run=run, by=play.engineer, now=play.pause())


def _conclude(play: Sampling, stop: Stop) -> None:
    """Checked where that is asked for, released, judged; what is closed has gone home."""
    now = play.pause()
    if play.request.template.needs_check:
        for sample in play.samples():
            check_result(sample=sample, passed=True, by=play.checker, now=now)
    if stop == Stop.OBJECTED:
        play.answer("verdict", play.request.requester, "reject", opinion="与上次测试不一致，请复测。")
    elif stop == Stop.CLOSED:
        play.answer("verdict", play.request.requester, "approve", opinion="数据清楚，谢谢。", stars=5)
        now = play.pause()
        for sample in play.samples():
            return_sample(sample=sample, by=play.engineer, now=now)
