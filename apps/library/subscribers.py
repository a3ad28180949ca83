"""What changes how complete a record is: its asset, its crew. The score is found anew at once, so that who
mends something sees what it brought.
"""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.instruments.models import Instrument
from apps.library.describing import keep_score
from apps.library.models import Asset
from apps.library.quality import quality_of


@subscribe("library.asset_scored", to="library.asset_changed", channel=WORKER)
def score_of_asset(payload: Payload, now: datetime) -> None:
    """The instrument that an asset is."""
    asset = Asset.objects.filter(ulid=payload["asset"]).first()
    instrument = Instrument.objects.filter(asset_no=asset.asset_no).first() if asset is not None else None
    if instrument is not None:
        keep_score(instrument, quality_of(instrument, now), now)


@subscribe("library.crew_scored", to="instruments.crew_changed", channel=WORKER)
def score_of_crew(payload: Payload, now: datetime) -> None:
    """The instrument whose crew changed."""
    instrument = Instrument.objects.get(ulid=payload["instrument"])
    keep_score(instrument, quality_of(instrument, now), now)
