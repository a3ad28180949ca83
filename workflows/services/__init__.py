"""The only way to change a case: one function for each verb. Each takes the process lock, asks permission,
does the domain's operation, writes the history and moves on, in one transaction; of two people who act at
once one wins and the other is told so (WrongState).
"""

from workflows.services.answering import answer, batch, bring_back, expire, fulfil, prolong, send_back, settle
from workflows.services.clockwork import fire_timer, run_job, sweep
from workflows.services.closing import cancel, withdraw
from workflows.services.files import attach
from workflows.services.passing import (
    add_signer,
    claim,
    delegate,
    give_back,
    hand_over,
    release,
    remove_signer,
    transfer,
)
from workflows.services.retrying import retry
from workflows.services.starting import freeze, start
from workflows.services.telling import copy, read_copy, urge

__all__ = [
    "add_signer",
    "answer",
    "attach",
    "batch",
    "bring_back",
    "cancel",
    "claim",
    "copy",
    "delegate",
    "expire",
    "fire_timer",
    "freeze",
    "fulfil",
    "give_back",
    "hand_over",
    "prolong",
    "read_copy",
    "release",
    "remove_signer",
    "retry",
    "run_job",
    "send_back",
    "settle",
    "start",
    "sweep",
    "transfer",
    "urge",
    "withdraw",
]
