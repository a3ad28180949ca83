"""Whatever anybody does with samples, in whatever order: each is in one custody state with one named
holder, which is what the last link of an unbroken chain says; and no result is read by anybody but its
requester, their principal investigator and the crew, by the first two only once it was released.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps.core.errors import Refusal
from apps.funding.models import FundAccount, FundHold
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.samples.custody import dispose_sample, move_sample, receive_sample, return_sample, transfer_sample
from apps.samples.ending import call_last, withdraw_samples
from apps.samples.models import Custody, Objection, Sample, SampleRequest, SampleRun
from apps.samples.objecting import close_request, decide_objection, object_to
from apps.samples.queries import results_for
from apps.samples.queueing import drop_sample, hold_sample, resume_sample
from apps.samples.releasing import release_results
from apps.samples.testing import check_result, end_run, record_result, start_run
from tests.factories.instruments import sister
from tests.factories.samples import Lab, lab

DAY = timedelta(days=1)
PEOPLE = ("alice", "bob", "charlie", "teng", "olga", "wang", "office")
WHO, WHICH = st.sampled_from(PEOPLE), st.integers(0, 4)
VERBS: dict[str, Callable[[Sample, User, datetime], object]] = {
    "receive": lambda one, by, now: receive_sample(sample=one, by=by, now=now),
    "receive badly": lambda one, by, now: receive_sample(sample=one, by=by, now=now, condition="leaking"),
    "store": lambda one, by, now: move_sample(sample=one, holder=by, by=by, now=now, stored=True, place="x"),
    "return": lambda one, by, now: return_sample(sample=one, by=by, now=now),
    "dispose": lambda one, by, now: dispose_sample(sample=one, by=by, now=now, reason="old"),
    "hold": lambda one, by, now: hold_sample(sample=one, reason="other", by=by, now=now),
    "resume": lambda one, by, now: resume_sample(sample=one, by=by, now=now),
    "drop": lambda one, by, now: drop_sample(sample=one, reason="broken", by=by, now=now),
    "result": lambda one, by, now: record_result(sample=one, summary="secret", by=by, now=now),
    "pass": lambda one, by, now: check_result(sample=one, passed=True, by=by, now=now),
    "fail": lambda one, by, now: check_result(sample=one, passed=False, by=by, now=now, note="no"),
    "object": lambda one, by, now: object_to(sample=one, reason="no", by=by, now=now),
    "withdraw": lambda one, by, now: withdraw_samples(request=one.request, by=by, now=now),
    "release": lambda one, by, now: release_results(request=one.request, by=by, now=now),
    "close": lambda one, by, now: close_request(request=one.request, by=by, now=now),
    "last call": lambda one, by, now: call_last(request=one.request, by=by, now=now),
}


class Handling(RuleBasedStateMachine):
    """A request of three samples and one of two, handled by anybody."""

    place: ClassVar[Lab]
    twin: ClassVar[Instrument]

    def __init__(self) -> None:
        super().__init__()
        self.now = self.place.now
        self.looked_at = 0

    @initialize(check=st.booleans())
    def hand_in(self, *, check: bool) -> None:
        """Two agreed requests of Alice's."""
        self.place.service.needs_check = check
        self.place.service.save(update_fields=["needs_check"])
        made = [self.place.confirmed(count) for count in (3, 2)]
        self.keys = [one.pk for request in made for one in request.samples.all()]

    def who(self, name: str) -> User:
        found: User = getattr(self.place.they, name)
        return found

    def sample(self, which: int) -> Sample:
        return Sample.objects.select_related("request", "holder").get(pk=self.keys[which])

    @rule(verb=st.sampled_from(sorted(VERBS)), which=WHICH, who=WHO)
    def anybody_does(self, verb: str, which: int, who: str) -> None:
        with suppress(Refusal):
            VERBS[verb](self.sample(which), self.who(who), self.now)

    @rule(which=WHICH, verb=st.sampled_from(("receive", "result", "pass", "return")))
    def the_crew_goes_on(self, which: int, verb: str) -> None:
        by = "teng" if verb == "pass" else "olga"
        with suppress(Refusal):
            VERBS[verb](self.sample(which), self.who(by), self.now)

    @rule(which=WHICH, there=st.booleans())
    def moves_to_a_sister(self, *, which: int, there: bool) -> None:
        target = self.twin if there else self.place.sem
        with suppress(Refusal):
            transfer_sample(
                sample=self.sample(which),
                instrument=target,
                by=self.who("olga" if there else "office"),
                now=self.now,
                reason="busy",
            )

    @rule(some=st.sets(WHICH, min_size=1, max_size=3))
    def a_run_begins(self, some: set[int]) -> None:
        with suppress(Refusal):
            start_run(
                instrument=self.place.sem,
                samples=[self.sample(which) for which in sorted(some)],
                by=self.who("olga"),
                now=self.now,
            )

    @rule()
    def a_run_ends(self) -> None:
        run = SampleRun.objects.filter(ended_at__isnull=True, samples__pk__in=self.keys).first()
        if run is not None:
            end_run(run=run, by=self.who("olga"), now=self.now)

    @rule(uphold=st.booleans())
    def an_objection_is_decided(self, *, uphold: bool) -> None:
        found = Objection.objects.filter(sample__in=self.keys, state="open").first()
        if found is not None:
            with suppress(Refusal):
                decide_objection(objection=found, uphold=uphold, why="x", by=self.who("teng"), now=self.now)

    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY

    @invariant()
    def every_sample_has_one_holder_who_is_at_the_end_of_its_chain(self) -> None:
        for one in Sample.objects.filter(pk__in=getattr(self, "keys", ())):
            chain = list(Custody.objects.filter(sample=one).order_by("seq"))
            assert [link.seq for link in chain] == list(range(1, len(chain) + 1))
            last = (
                (chain[-1].state, chain[-1].holder_id) if chain else ("requester", self.place.they.alice.pk)
            )
            assert (one.custody, one.holder_id) == last
            assert one.custody_seq == len(chain)
            if one.state in ("queued", "testing"):
                assert one.custody in ("crew", "stored")

    @invariant()
    def nobody_else_reads_a_result(self) -> None:
        keys = getattr(self, "keys", ())
        self.looked_at += 1
        looked_at = [keys[self.looked_at % len(keys)]] if keys else []  # one after the other: it is slow
        for one in Sample.objects.filter(pk__in=looked_at).select_related("request__group"):
            for stranger in ("bob", "charlie", "finance"):
                assert results_for(self.who(stranger), one, self.now) == []
            for reader in ("alice", "wang"):
                seen = {result.round for result in results_for(self.who(reader), one, self.now)}
                allowed = set(range(1, one.round)) | ({one.round} if one.state == "released" else set())
                assert seen <= allowed

    @invariant()
    def what_is_held_is_what_is_agreed_to_and_not_over(self) -> None:
        open_holds = FundHold.objects.filter(released_at__isnull=True).values_list("amount_fen", flat=True)
        assert FundAccount.objects.get(pk=self.place.fund.pk).held_fen == sum(open_holds)
        withdrawn = SampleRequest.objects.filter(state="withdrawn", hold__released_at__isnull=True)
        assert not withdrawn.exclude(hold=None).exists()

    def teardown(self) -> None:
        run = SampleRun.objects.filter(ended_at__isnull=True).first()
        if run is not None:
            end_run(run=run, by=None, now=self.now)


@pytest.mark.django_db
def test_no_sample_is_lost_and_no_result_told(now: datetime) -> None:
    place = lab(now)
    twin = sister(place.sem, "QY990001", now, service_modes="S T")
    members: dict[str, Any] = {"place": place, "twin": twin}
    handling = type("HandlingHere", (Handling,), members)
    run_state_machine_as_test(
        handling,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
