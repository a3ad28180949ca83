"""What somebody hands in at once: samples of one service, with what they may cost and when they are
promised.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.clock import school_time
from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class SampleRequest(Identified):
    """The samples of one person for one service. `instrument` is empty as long as any of the class will
    do.

    `customer_*` say for whom the requester answers where that is somebody without an account, who then draws
    the price of their kind and acts through a link (`GuestLink`).

    `charged_fen` and `charge` are pushed down by the room that charges; `group` is the one whose fund
    pays, else the person's first: its principal investigator may read along, where the school says so.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Handed in for testing")
        REFUSED = "refused", _("Refused")
        QUOTED = "quoted", _("Price and date offered")
        DECLINED = "declined", _("Offer declined")
        CONFIRMED = "confirmed", _("Agreed")
        RELEASED = "released", _("Results released")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Acceptance(models.TextChoices):
        OPEN = "", _("Not judged yet")
        ACCEPTED = "accepted", _("Accepted")
        SPECIAL = "special", _("Accepted with special handling")

    class Disposition(models.TextChoices):
        RETURN = "return", _("Give them back")
        STORE = "store", _("Keep them")
        DISPOSE = "dispose", _("Dispose of them")

    class Customer(models.TextChoices):
        EXTERNAL_ACADEMIC = "external_academic", _("University or institute")
        ENTERPRISE = "enterprise", _("Company")

    OPEN = (State.SUBMITTED, State.QUOTED, State.CONFIRMED, State.RELEASED)
    ENDED = (State.REFUSED, State.DECLINED, State.CLOSED, State.WITHDRAWN)

    requester = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="sample_requests")
    group = models.ForeignKey(
        "people.ResearchGroup", null=True, on_delete=models.PROTECT, related_name="sample_requests"
    )
    template = models.ForeignKey("samples.ServiceTemplate", on_delete=models.PROTECT, related_name="requests")
    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="sample_requests"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    wishes = models.TextField(blank=True)
    rush = models.BooleanField(default=False)
    disposition = models.CharField(max_length=8, choices=Disposition, default=Disposition.RETURN)
    acceptance = models.CharField(max_length=8, choices=Acceptance, blank=True, default=Acceptance.OPEN)
    handling = models.TextField(blank=True)
    outcome_note = models.TextField(blank=True)
    quote = models.ForeignKey("samples.Quote", null=True, on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey(
        "funding.FundAccount", null=True, on_delete=models.PROTECT, related_name="sample_requests"
    )
    hold = models.OneToOneField(
        "funding.FundHold", null=True, on_delete=models.PROTECT, related_name="sample_request"
    )
    promised_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    charge = models.CharField(max_length=26, blank=True)
    charged_fen = models.BigIntegerField(null=True)
    charged_at = models.DateTimeField(null=True)
    last_call_until = models.DateField(null=True)
    customer_kind = models.CharField(max_length=20, choices=Customer, blank=True, default="")
    customer_name = models.CharField(max_length=60, blank=True, default="")
    customer_org = models.CharField(max_length=120, blank=True, default="")
    customer_mail = models.EmailField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=("quoted", "confirmed", "released", "closed"))
                | Q(quote__isnull=False, promised_on__isnull=False, instrument__isnull=False),
                name="samples_request_quoted",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("confirmed", "released", "closed")) | Q(confirmed_at__isnull=False),
                name="samples_request_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("refused", "declined", "closed", "withdrawn"))
                | Q(ended_at__isnull=False),
                name="samples_request_ended",
            ),
            models.CheckConstraint(
                condition=~Q(acceptance="") | Q(state__in=("draft", "submitted", "refused", "withdrawn")),
                name="samples_request_accepted",
            ),
            models.CheckConstraint(
                condition=Q(charged_at__isnull=True, charged_fen__isnull=True, charge="")
                | Q(charged_at__isnull=False, charged_fen__gte=0),
                name="samples_request_charged",
            ),
            models.CheckConstraint(
                condition=Q(customer_kind="", customer_name="", customer_org="")
                | (~Q(customer_kind="") & ~Q(customer_name="") & ~Q(customer_org="")),
                name="samples_request_customer",
            ),
        ]
        indexes = [
            models.Index(fields=["requester", "-created_at"]),
            models.Index(fields=["instrument", "state"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_external(self) -> bool:
        """Whether the samples come from outside the school."""
        return bool(self.customer_kind) or self.requester.kind in self.Customer.values

    @property
    def number(self) -> str:
        """What people call it and what stands on the labels."""
        return f"SP{school_time(self.created_at):%Y}-{self.pk:05d}"
