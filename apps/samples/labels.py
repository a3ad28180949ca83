"""The labels of a request: one for each sample, to be printed by whoever hands them in and stuck on
before.
"""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.core import audit
from apps.core.errors import WrongState
from apps.people.models import User
from apps.samples.models import Sample, SampleRequest
from apps.samples.templatetags.samples import traits
from documents.labels import Label, print_labels


def label_of(sample: Sample) -> Label:
    """What stands on a sample's label. The name of a person stands on none: samples are carried about."""
    instrument = sample.instrument or sample.request.instrument
    return Label(
        code=sample.code,
        address=f"{settings.SITE_URL.rstrip('/')}{reverse('sample_detail', args=[sample.ulid])}",
        lines=(sample.name[:40], instrument.name if instrument else ""),
        warning=", ".join(traits(sample)),
    )


def labels_of(request: SampleRequest, by: User | None, now: datetime) -> bytes:
    """The sheet of labels of a request as PDF, once it was handed in. Raises WrongState
    `samples.not_handed_in`.
    """
    if request.state == SampleRequest.State.DRAFT:
        raise WrongState(_("Hand the samples in first."), code="samples.not_handed_in")
    samples = list(request.samples.select_related("instrument"))
    for one in samples:
        one.request = request
    audit.record(
        action="samples.print_labels", object_ref=f"sample_request:{request.ulid}", now=now, actor=by
    )
    return print_labels(
        [label_of(one) for one in samples], title=request.number, language=get_language() or "zh-hans"
    )
