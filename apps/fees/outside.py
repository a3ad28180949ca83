"""Published prices of other institutions: peers for classes in which the school has few machines itself."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid
from apps.fees.content import MODES, PARTS, TIERS, UNITS, Parts
from apps.fees.models import OutsidePrice
from apps.fees.peers import GRADES
from apps.people.models import User
from apps.people.requirements import require_office


@transaction.atomic
def record_outside_price(
    *,
    institution_zh: str,
    name_zh: str,
    class6: str,
    grade: str,
    function: str,
    service_mode: str,
    unit: str,
    tier: str,
    price_fen: int,
    source: str,
    valid_from: datetime,
    by: User | None,
    now: datetime,
    institution_en: str = "",
    name_en: str = "",
    parts: Parts | None = None,
) -> OutsidePrice:
    """A price that another institution published counts among the peers from `valid_from` on, in place of the
    one recorded of the same machine before. `source` says where it was found.

    Raises Invalid `fees.outside` with the member that cannot be; NotPermitted `people.office_only`.
    """
    require_office(by, now)
    wrong = {
        "institution_zh": not institution_zh.strip(),
        "name_zh": not name_zh.strip(),
        "source": not source.strip(),
        "function": not function.strip(),
        "class6": not class6.isdigit() or len(class6) != 6,
        "grade": grade not in GRADES,
        "service_mode": service_mode not in MODES,
        "unit": unit not in UNITS,
        "tier": tier not in TIERS,
        "price_fen": price_fen < 0,
    }
    for member, is_wrong in wrong.items():
        if is_wrong:
            raise Invalid(_("This published price cannot be read."), code="fees.outside", field=member)
    same = OutsidePrice.objects.select_for_update(no_key=True).filter(
        institution_zh=institution_zh.strip(),
        name_zh=name_zh.strip(),
        class6=class6,
        function=function,
        service_mode=service_mode,
        unit=unit,
        tier=tier,
        valid_until__isnull=True,
        revoked_at__isnull=True,
    )
    if same.filter(valid_from__gte=valid_from).exists():
        raise Invalid(_("A later price is known already."), code="fees.outside", field="valid_from")
    same.update(valid_until=valid_from)
    row = OutsidePrice.objects.create(
        institution_zh=institution_zh.strip(),
        institution_en=institution_en.strip(),
        name_zh=name_zh.strip(),
        name_en=name_en.strip(),
        class6=class6,
        grade=grade,
        function=function,
        service_mode=service_mode,
        unit=unit,
        tier=tier,
        price_fen=price_fen,
        source=source.strip(),
        valid_from=valid_from,
        entered_at=now,
        **{f"{part}_e4": getattr(parts or Parts(), f"{part}_e4") for part in PARTS},
    )
    audit.record(action="fees.record_outside_price", object_ref=f"fee_outside:{row.ulid}", now=now, actor=by)
    return row
