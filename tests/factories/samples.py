"""Samples for tests: a service of the FE-SEM A, its price by the sample, a request on its way."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from apps.fees.models import FeeVersion
from apps.fees.operations import ItemDraft, approve_version
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.samples.acceptance import accept_samples
from apps.samples.custody import receive_sample
from apps.samples.drafting import SampleDraft, draft_request, set_samples, submit_request
from apps.samples.models import Sample, SampleRequest, ServiceTemplate
from apps.samples.quoting import confirm_quote, quote_request
from apps.samples.services import ServiceDraft, add_service
from apps.samples.testing import record_result, start_run
from tests import people
from tests.factories.money import funded

SAMPLE_FEN = {"internal": 80_00, "external_academic": 200_00, "enterprise": 300_00}
POINT_FEN = 25_00
FIELDS: tuple[dict[str, Any], ...] = (
    {"key": "material", "kind": "text", "label_zh": "材料", "label_en": "Material", "required": True},
    {
        "key": "spots",
        "kind": "number",
        "label_zh": "测试点数",
        "label_en": "Spots",
        "least": "1",
        "most": "50",
    },
    {
        "key": "form",
        "kind": "choice",
        "label_zh": "形态",
        "label_en": "Form",
        "choices": [
            {"value": "powder", "zh": "粉末", "en": "Powder"},
            {"value": "bulk", "zh": "块体", "en": "Bulk"},
        ],
    },
    {"key": "coated", "kind": "flag", "label_zh": "已喷金", "label_en": "Coated"},
)
DRAFT = ServiceDraft(
    name_zh="扫描电镜测试",
    name_en="SEM imaging",
    fields=FIELDS,
    max_samples=10,
    max_size_mm=50,
    magnetic="ask",
    volatile="refuse",
    hazards_accepted=("toxic",),
    hazards_refused=("biological",),
    minutes_per_sample=60,
    day_minutes=240,
    margin_days=1,
    rush_allowed=True,
)


def offered(instrument: Instrument, now: datetime, by: User | None = None, **changes: Any) -> ServiceTemplate:
    """The service of an instrument, with some of its terms said differently."""
    return add_service(draft=replace(DRAFT, **changes), instrument=instrument, by=by, now=now)


def priced_by_sample(instrument: Instrument, now: datetime) -> FeeVersion:
    """A fee standard by the sample, with an extra by the point, for every kind of user."""
    items = [
        ItemDraft(
            code=code, name_zh=zh, name_en=en, service_mode="sample", unit=unit, tier=tier, price_fen=fen
        )
        for tier, price in SAMPLE_FEN.items()
        for code, zh, en, unit, fen in (
            ("SEM", "样品测试", "Sample test", "sample", price),
            ("EDS", "能谱点", "EDS spot", "component", POINT_FEN),
        )
    ]
    return approve_version(
        instrument=instrument,
        approval_no=f"QY-FEE-S-{instrument.asset_no}",
        items=items,
        valid_from=now,
        source_case=f"fees:samples:{instrument.asset_no}",
        now=now,
    )


def row(name: str, **changes: Any) -> SampleDraft:
    """A harmless sample."""
    return replace(SampleDraft(name=name, values={"material": "SiC"}, size_mm=10), **changes)


@dataclass
class Lab:
    """Everyone, a service with a price, and money: Alice's samples succeed unless something is changed."""

    they: people.People
    service: ServiceTemplate
    fund: FundAccount
    now: datetime

    @property
    def sem(self) -> Instrument:
        return self.they.sem

    def drafted(self, count: int = 2, **changes: Any) -> SampleRequest:
        """A draft of Alice's with some samples."""
        asked: dict[str, Any] = {"service": self.service, "by": self.they.alice, "now": self.now, **changes}
        request = draft_request(**asked)
        rows = [row(f"S{number}") for number in range(1, count + 1)]
        set_samples(request=request, rows=rows, by=asked["by"], now=self.now)
        return request

    def submitted(self, count: int = 2, **changes: Any) -> SampleRequest:
        request = self.drafted(count, **changes)
        return submit_request(request=request, by=request.requester, now=self.now)

    def accepted(self, count: int = 2, **changes: Any) -> SampleRequest:
        return accept_samples(request=self.submitted(count, **changes), by=self.they.olga, now=self.now)

    def quoted(self, count: int = 2, extras: dict[str, int] | None = None, **changes: Any) -> SampleRequest:
        request = self.accepted(count, **changes)
        instrument = request.instrument or self.sem
        quote_request(
            request=request, instrument=instrument, by=self.they.olga, now=self.now, extras=extras or {}
        )
        request.refresh_from_db()
        return request

    def confirmed(
        self, count: int = 2, extras: dict[str, int] | None = None, **changes: Any
    ) -> SampleRequest:
        request = self.quoted(count, extras, **changes)
        assert request.quote is not None
        return confirm_quote(
            request=request, offer=request.quote, fund=self.fund, by=request.requester, now=self.now
        )

    def received(self, count: int = 2, **changes: Any) -> SampleRequest:
        request = self.confirmed(count, **changes)
        for sample in request.samples.all():
            receive_sample(sample=sample, by=self.they.olga, now=self.now)
        return request

    def tested(self, count: int = 2, extras: dict[str, int] | None = None, **changes: Any) -> SampleRequest:
        """Every sample of the request was tested by Olga in one run that is still open."""
        request = self.received(count, extras=extras, **changes)
        samples = list(request.samples.all())
        start_run(instrument=self.sem, samples=samples, by=self.they.olga, now=self.now)
        for sample in samples:
            record_result(sample=sample, summary="grain 2 µm", by=self.they.olga, now=self.now)
        request.refresh_from_db()
        return request


def lab(now: datetime, **terms: Any) -> Lab:
    """Everyone, ready to hand samples in at the FE-SEM A."""
    they = people.gather_with_rules(now)
    before = now - timedelta(days=1)
    priced_by_sample(they.sem, before)
    return Lab(they, offered(they.sem, before, **terms), funded(they.group, before), now)


def samples_of(request: SampleRequest) -> list[Sample]:
    """The samples as they are now."""
    return list(Sample.objects.filter(request=request).select_related("request", "holder"))
