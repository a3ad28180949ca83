"""What acting in a case is asked: the bodies of its verbs."""

from typing import Any, Literal

from pydantic import Field

from apps.core.api import Asked, ErrorTold, Told, Ulid

Login = Field(min_length=1, max_length=150)
Reason = Field(min_length=1, max_length=2000)
_MOST = 50


class AnswerWish(Asked):
    """How a step is answered: one of its `choices`, the opinion, and the members of its `fields`. `files`
    are ULIDs of files that were added to the case before.
    """

    outcome: str = Field(max_length=20)
    opinion: str = Field("", max_length=2000)
    data: dict[str, Any] = Field(default_factory=dict)
    files: list[Ulid] = Field(default_factory=list, max_length=20)


class WayBackWish(Asked):
    """Which step it goes back to (a `node` of `ways_back`), and why."""

    to: str = Field(max_length=60)
    reason: str = Reason


class PassingWish(Asked):
    """To whom, by login, and why."""

    to: str = Login
    reason: str = Reason


class OpinionWish(Asked):
    """The opinion that was asked for."""

    opinion: str = Reason


class SignerWish(Asked):
    """Who signs as well, by login: before me, after me, or beside me in this round."""

    user: str = Login
    where: Literal["before", "after", "beside"]
    reason: str = Reason


class SignerGone(Asked):
    """Whose signature is no longer asked for, by login."""

    user: str = Login
    reason: str = Reason


class ReasonWish(Asked):
    """Why."""

    reason: str = Reason


class WordsWish(Asked):
    """A word with it; may stay empty."""

    words: str = Field("", max_length=500)


class WithdrawalWish(Asked):
    """Why; may stay empty."""

    reason: str = Field("", max_length=2000)


class CopyWish(Asked):
    """To whom, by login."""

    to: list[str] = Field(min_length=1, max_length=_MOST)


class BatchWish(Asked):
    """Many steps answered alike."""

    tasks: list[Ulid] = Field(min_length=1, max_length=_MOST)
    outcome: str = Field(max_length=20)
    opinion: str = Field("", max_length=2000)


class BatchLine(Told):
    """One step of a batch: done, or the error that it met."""

    task: str
    error: ErrorTold | None


class BatchTold(Told):
    """What became of each, in the order of asking."""

    items: list[BatchLine]
