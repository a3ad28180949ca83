"""A mail host that is a folder: every mail becomes one file that a mail program opens. For the demo, where a
newcomer wants to see what would have been sent.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class EmailBackend(BaseEmailBackend):
    """Writes to EMAIL_FILE_PATH. A mail is named by its recipient and its Message-ID, so that a second copy
    replaces the first.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each; returns how many."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            message = mail.message()
            identity = str(message["Message-ID"]).strip("<>").partition("@")[0]
            recipient = mail.recipients()[0].rpartition("<")[2].strip(">").partition("@")[0]
            name = f"{identity}-{recipient}.eml".replace("/", "_")
            (self.folder / name).write_bytes(message.as_bytes())
        return len(email_messages)
