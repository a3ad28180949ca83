"""My certificates, for programs."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from apps.core import clock, keyset
from apps.core.api import PageAsked, PageOf, Told
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.training.queries import certificates_of, counting

router = Router(tags=["certificates"])


class CertificateTold(Told):
    """A certificate. `counts` says whether it counts at this moment: in force and not suspended."""

    ulid: str
    asset_no: str
    instrument_zh: str
    instrument_en: str
    level: str
    valid_from: datetime
    valid_until: datetime | None
    revoked_at: datetime | None
    counts: bool


@router.get(
    "",
    response=PageOf[CertificateTold],
    **scoped("certificates:read", _("Your certificates, the latest end first")),
)
def certificates(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[CertificateTold]:
    """All certificates of the person, whether or not they count now. 422 `core.cursor`."""
    user, now = viewer(request), clock.now()
    part = keyset.slice_of(
        certificates_of(user), order=("-valid_until", "-id"), size=asked.limit, cursor=asked.cursor
    )
    counts = set(counting(now).filter(user=user).values_list("pk", flat=True))
    return PageOf[CertificateTold](
        items=[
            CertificateTold(
                ulid=one.ulid,
                asset_no=one.instrument.asset_no,
                instrument_zh=one.instrument.name_zh,
                instrument_en=one.instrument.name_en,
                level=one.level,
                valid_from=one.valid_from,
                valid_until=one.valid_until,
                revoked_at=one.revoked_at,
                counts=one.pk in counts,
            )
            for one in part.rows
        ],
        next=part.next,
    )
