"""What a line of the log may not hold: the secret in the address of a calendar, of a customer's samples, of
an application. Whoever reads the log would have the key.
"""

import logging
import re

_SECRET = re.compile(r"(/(?:calendar|guest/samples|join)/)[\w-]{8,}")


class HideSecrets(logging.Filter):
    """Puts an ellipsis in the place of every such secret. It lets every line pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the line where it holds one."""
        line = record.getMessage()
        hidden = _SECRET.sub(r"\1…", line)
        if hidden != line:
            record.msg, record.args = hidden, ()
        return True
