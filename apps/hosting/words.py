"""The terms in words, clause by clause, in the reader's language: for pages, papers and the difference
between two versions.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.bookings.priority import NEVER, Hours, clock_of, days_in_words
from apps.core.errors import Text
from apps.hosting.content import DEPARTMENT, HOST, OWNER, REPAIR, SCHOOL, Band, Terms, in_percent

PARTY_NAMES: dict[str, Text] = {
    OWNER: gettext_lazy("owner"),
    HOST: gettext_lazy("host"),
    DEPARTMENT: gettext_lazy("department"),
    SCHOOL: gettext_lazy("school"),
    REPAIR: gettext_lazy("repair fund"),
    "user": gettext_lazy("user"),
    "none": gettext_lazy("nobody"),
}


@dataclass(frozen=True)
class Clause:
    """One clause: a key that stays, its heading, and what it says."""

    key: str
    title: str
    text: str


@dataclass(frozen=True)
class Change:
    """A clause of two versions. `before` and `after` are the same where nothing has changed."""

    key: str
    title: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def clauses(terms: Terms) -> list[Clause]:
    """Every clause, in the order of the paper."""
    return [Clause(key, str(title), say(terms)) for key, title, say in _CLAUSES]


def differences(before: Terms, after: Terms) -> list[Change]:
    """Two versions side by side, clause by clause."""
    return [
        Change(old.key, old.title, old.text, new.text)
        for old, new in zip(clauses(before), clauses(after), strict=True)
    ]


def yuan(fen: int) -> str:
    """Money as it is written everywhere: ¥1,234.50."""
    return f"¥{fen / 100:,.2f}" if fen % 100 else f"¥{fen // 100:,}"


def hours_in_words(one: Hours) -> str:
    """One window: 'Monday 08:00 to 12:00 (others from 24 hours before)'."""
    said = _("%(days)s %(start)s to %(end)s") % {
        "days": days_in_words(one.weekdays),
        "start": clock_of(one.from_minute),
        "end": clock_of(one.until_minute),
    }
    if one.others_hours == NEVER:
        return _("%(window)s (never for others)") % {"window": said.strip()}
    rest = ngettext(
        "%(window)s (others from %(hours)d hour before)",
        "%(window)s (others from %(hours)d hours before)",
        one.others_hours,
    )
    return rest % {"window": said.strip(), "hours": one.others_hours}


def _period(terms: Terms) -> str:
    return _("From %(since)s until %(until)s, both days included.") % {
        "since": formats.date_format(terms.since, "Y-m-d"),
        "until": formats.date_format(terms.until, "Y-m-d"),
    }


def _place(terms: Terms) -> str:
    return terms.place


def _priority(terms: Terms) -> str:
    if not terms.windows:
        return _("The owner books like everybody.")
    return _("; ").join(hours_in_words(one) for one in terms.windows)


def _discount(terms: Terms) -> str:
    return _("The owner's group pays %(percent)s %% of the internal price.") % {
        "percent": in_percent(terms.owner_pays_permille)
    }


def _shares(terms: Terms) -> str:
    return _(", ").join(f"{PARTY_NAMES[party]} {in_percent(permille)} %" for party, permille in terms.shares)


def _repairs(terms: Terms) -> str:
    if not terms.repairs:
        return _("It is not agreed who bears repairs.")
    return _("; ").join(_band(band) for band in terms.repairs)


def _band(band: Band) -> str:
    return _("from %(amount)s on: owner %(owner)s %%, host %(host)s %%") % {
        "amount": yuan(band.from_fen),
        "owner": in_percent(band.owner_permille),
        "host": in_percent(1000 - band.owner_permille),
    }


def _insurance(terms: Terms) -> str:
    if not terms.insured_fen:
        return _("It is not insured.")
    return _("Insured for %(amount)s by: %(party)s.") % {
        "amount": yuan(terms.insured_fen),
        "party": PARTY_NAMES[terms.insurer],
    }


def _consumables(terms: Terms) -> str:
    return _("Borne by: %(party)s.") % {"party": PARTY_NAMES[terms.consumables]}


def _relocation(terms: Terms) -> str:
    return terms.relocation or _("It stays where it is.")


def _exit(terms: Terms) -> str:
    said = ngettext(
        "Either side may give it up with %(days)d day of notice.",
        "Either side may give it up with %(days)d days of notice.",
        terms.exit_days,
    )
    return said % {"days": terms.exit_days}


def _certificates(terms: Terms) -> str:
    return _("Everybody, the owner's people too, is trained and certified by the host.")


def _remarks(terms: Terms) -> str:
    return terms.remarks or _("None.")


_CLAUSES: tuple[tuple[str, Text, Callable[[Terms], str]], ...] = (
    ("period", gettext_lazy("Duration"), _period),
    ("place", gettext_lazy("Where it stands"), _place),
    ("certificates", gettext_lazy("Certificates"), _certificates),
    ("priority", gettext_lazy("Hours in which the owner comes first"), _priority),
    ("discount", gettext_lazy("What the owner pays"), _discount),
    ("shares", gettext_lazy("Shares of the income"), _shares),
    ("repairs", gettext_lazy("Repairs"), _repairs),
    ("insurance", gettext_lazy("Insurance"), _insurance),
    ("consumables", gettext_lazy("Who bears consumables"), _consumables),
    ("relocation", gettext_lazy("Relocation"), _relocation),
    ("exit", gettext_lazy("Exit"), _exit),
    ("remarks", gettext_lazy("Further remarks"), _remarks),
)
