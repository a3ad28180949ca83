"""A notice, or a day's notices together, as one mail in the reader's language: text and simple HTML, marked
as written by a machine. It says what it is about and links to the product; whoever follows the link signs in
first.
"""

from collections.abc import Sequence
from email.mime.text import MIMEText
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from apps.notices.kinds import Enclosed, find_kind
from apps.notices.models import Notice
from apps.notices.queries import link_to, site
from apps.notices.rendering import marked, plain


def compose(
    notices: Sequence[Notice], *, to: str, name: str, language: str, connection: Any = None
) -> EmailMultiAlternatives:
    """The mail, ready to be sent. The Message-ID follows from the notices, so that a second copy, sent after
    a crash between sending and recording, is known to be one.
    """
    with override(language):
        words = [plain(notice) for notice in notices]
        context = {
            "entries": [
                {"words": marked(notice), "plain": word, "link": link_to(notice), "at": notice.created_at}
                for notice, word in zip(notices, words, strict=True)
            ],
            "preferences": f"{site()}{reverse('notice_preferences')}",
            "language": "zh-Hans" if language.startswith("zh") else language,
        }
        mail = EmailMultiAlternatives(
            subject=_subject([word.title for word in words]),
            body=render_to_string("notices/mail/notice.txt", context),
            to=[formataddr((" ".join(name.split()), to))],
            headers=_headers(notices),
            connection=connection,
        )
        mail.attach_alternative(render_to_string("notices/mail/notice.html", context), "text/html")
    for notice in notices:
        kind = find_kind(notice.kind)
        found = kind.encloses(notice.args, language, (name, to)) if kind and kind.encloses else None
        if found is not None:
            mail.attach(_part(found))
    return mail


def _part(file: Enclosed) -> MIMEText:
    part = MIMEText(file.content, file.media.partition("/")[2], "utf-8")
    for name, said in file.members.items():
        part.set_param(name, said)
    part.add_header("Content-Disposition", "attachment", filename=file.name)
    return part


def _subject(titles: list[str]) -> str:
    if len(titles) == 1:
        return _("[Clearbench] %(title)s") % {"title": titles[0]}
    count = len(titles)
    return ngettext("[Clearbench] %(count)d notice", "[Clearbench] %(count)d notices", count) % {
        "count": count
    }


def _headers(notices: Sequence[Notice]) -> dict[str, str]:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return {
        "Message-ID": f"<{notices[0].ulid}.{len(notices)}@{host}>",
        "List-Id": f"Clearbench <notices.{host}>",
        "List-Unsubscribe": f"<{site()}{reverse('notice_preferences')}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
