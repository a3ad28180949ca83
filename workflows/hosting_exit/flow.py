"""The exit: a notice, or the last day of the agreement; then the clauses end, and the instrument goes back
by an inventory that the host writes and the owner confirms.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.hosting.inventory import confirm_inventory, write_inventory
from apps.hosting.models import Inventory
from apps.hosting.running import end_agreement, ends_at, run_out
from workflows.hosting import asked
from workflows.hosting.base import AboutAgreement
from workflows.hosting.forms import InventoryForm
from workflows.nodes import Answer, Approval, Begin, Do, End, Timer, Work, WorkingDays


class HostingExitFlow(AboutAgreement):
    """End of a hosting agreement"""

    key = "hosting_exit"
    prefix = "HSX"
    process_title = _("End of a hosting agreement")
    case_title = _("Return of {instrument} by {facility}")

    start = Begin().Next(this.notice)
    notice = Timer(this.is_over, title=_("The notice runs")).Next(this.over)
    over = Do(this.ran_out, title=_("The clauses end")).Next(this.give_back)
    give_back = Work(
        _("Give the instrument back, and write down what changes hands and how it is."),
        title=_("Return"),
        candidates=this.the_hosts,
        qualifies=this.is_host,
        role="facility",
        due=WorkingDays("hosting.handover_days"),
        form=InventoryForm,
        do=this.written,
    ).Next(this.confirm, label=_("Have it confirmed"))
    confirm = (
        Approval(
            _("Is all of this back with you, in this condition?"),
            title=_("Confirmation of the owner"),
            of_applicant=True,
            due=WorkingDays("hosting.handover_days"),
            link=asked.page,
            do=this.confirmed,
        )
        .Approve(this.end, label=_("Confirm"))
        .Reject(this.give_back, label=_("Have it written anew"))
    )
    end = Do(this.ended, title=_("The owner has it back")).Next(this.back)
    back = End(outcome="ended", title=_("Given back"))

    def is_over(self, activation: Any) -> datetime:
        return ends_at(self.agreement(activation))

    def ran_out(self, activation: Any) -> None:
        run_out(agreement=self.agreement(activation), now=activation.now)

    def written(self, activation: Any, answer: Answer) -> None:
        if answer.by is not None:
            write_inventory(
                agreement=self.agreement(activation),
                way=Inventory.Way.OUT,
                things=answer.data["things"],
                by=answer.by,
                now=activation.now,
                note=answer.opinion,
            )

    def confirmed(self, activation: Any, answer: Answer) -> None:
        if answer.outcome == "approve" and answer.by is not None:
            confirm_inventory(
                agreement=self.agreement(activation),
                way=Inventory.Way.OUT,
                by=answer.by,
                now=activation.now,
            )

    def ended(self, activation: Any) -> None:
        end_agreement(
            agreement=self.agreement(activation), by=None, now=activation.now, reason=activation.case.number
        )
