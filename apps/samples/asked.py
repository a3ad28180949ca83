"""What programs say when they hand samples in."""

from typing import Any, Literal

from pydantic import Field

from apps.core.api import Asked, PageAsked


class SampleServicesAsked(Asked):
    """Of which instrument; empty for all."""

    asset_no: str = Field("", max_length=20)


class SamplePromiseAsked(Asked):
    """For how many samples, and whether they are in a hurry."""

    count: int = Field(1, ge=1, le=500)
    rush: bool = False


class SampleRequestsAsked(PageAsked):
    """One's own, or those that one serves as a crew."""

    role: Literal["own", "crew"] = "own"


class SampleRow(Asked):
    """One sample. `values` answers the fields of the service by their keys."""

    name: str = Field(max_length=200)
    values: dict[str, Any] = Field(default_factory=dict)
    hazards: list[str] = Field(default_factory=list, max_length=20)
    magnetic: bool = False
    volatile: bool = False
    size_mm: int | None = None


class SampleTerms(Asked):
    """What is wished for all samples; `asset_no` is empty where any instrument of the class will do."""

    asset_no: str = Field("", max_length=20)
    wishes: str = Field("", max_length=2000)
    rush: bool = False
    disposition: str = Field("return", max_length=10)
    samples: list[SampleRow] = Field(default_factory=list, max_length=500)


class SampleDraftWish(SampleTerms):
    """A draft for a service."""

    service: str = Field(max_length=40)


class SampleAgreement(Asked):
    """To which offer one agrees, and the number of the fund that pays; none where it is free."""

    quote: str = Field(max_length=40)
    fund: str | None = Field(None, max_length=40)


class SampleWhy(Asked):
    """Why; may stay empty where nobody has to know."""

    reason: str = Field("", max_length=500)


class SampleRatingWish(Asked):
    """From one to five stars, and words."""

    stars: int = Field(ge=-1000, le=1000)
    words: str = Field("", max_length=500)
