"""Notices about a person's own account, and the test message."""

from django.utils.translation import gettext_lazy as _

from apps.notices.kinds import Channel, Group, Kind, Takes, register_kind

SUSPENDED = register_kind(
    Kind(
        key="account.suspended",
        group=Group.ACCOUNT,
        label=_("My account is suspended"),
        title=_("Your account has been suspended"),
        body=_("Reason: %(reason)s. Until it is lifted you can neither book nor use instruments."),
        takes={"reason": Takes.TEXT},
        urgent=True,
    )
)
REINSTATED = register_kind(
    Kind(
        key="account.reinstated",
        group=Group.ACCOUNT,
        label=_("The suspension of my account is lifted"),
        title=_("Your account is in force again"),
        body=_(
            "The suspension has been lifted. Your certificates and bookings hold as far as their dates allow."
        ),
        takes={},
        urgent=True,
    )
)
QUESTION = register_kind(
    Kind(
        key="account.question",
        group=Group.ACCOUNT,
        label=_("A question about my application for an account"),
        title=_("Your application for an account: there is a question"),
        body=_(
            "Please open the page of your application by the address that you were given when you sent it; "
            "the question is answered there. Without an answer the application will be closed."
        ),
        takes={},
        urgent=True,
    )
)
REJECTED = register_kind(
    Kind(
        key="account.rejected",
        group=Group.ACCOUNT,
        label=_("My application for an account is closed"),
        title=_("Your application for an account has been closed"),
        body=_("You were not registered. The page of your application says why."),
        takes={},
        urgent=True,
    )
)
ACTIVATED = register_kind(
    Kind(
        key="account.activated",
        group=Group.ACCOUNT,
        label=_("My account is activated"),
        title=_("Welcome: your account is active"),
        body=_(
            "You sign in as %(login)s with the password that you chose. Until you have passed the safety "
            "exam you may hand in samples, but not operate instruments."
        ),
        takes={"login": Takes.TEXT},
        urgent=True,
    )
)
CARD_ISSUED = register_kind(
    Kind(
        key="account.card_issued",
        group=Group.ACCOUNT,
        label=_("A card is registered for me"),
        title=_("Card %(card)s has been registered for you"),
        body=_(
            "It can now be held to the readers of instruments. If this is not your card, tell the equipment "
            "office at once."
        ),
        takes={"card": Takes.TEXT},
        channels=frozenset({Channel.EMAIL}),
    )
)
CARD_BLOCKED = register_kind(
    Kind(
        key="account.card_blocked",
        group=Group.ACCOUNT,
        label=_("My card is blocked"),
        title=_("Card %(card)s opens nothing any more"),
        body=_("It was blocked. Reason: %(reason)s."),
        takes={"card": Takes.TEXT, "reason": Takes.TEXT},
        urgent=True,
    )
)
TOKEN_MADE = register_kind(
    Kind(
        key="account.token_made",
        group=Group.ACCOUNT,
        label=_("An API token is made in my name"),
        title=_("An API token “%(name)s” was made in your name"),
        body=_(
            "A program that has it can act for you until %(until)s. If you did not make it, revoke it at "
            "once and change your password."
        ),
        takes={"name": Takes.TEXT, "until": Takes.MOMENT},
        channels=frozenset({Channel.EMAIL}),
    )
)
