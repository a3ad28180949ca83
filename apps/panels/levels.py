"""How well somebody knows a class of instruments, in words: one scale for what people say of themselves and
for what they say when they are asked to judge.
"""

from django.utils.translation import gettext_lazy as _

LEVELS = (
    (0, _("not at all")),
    (1, _("a little")),
    (2, _("well")),
    (3, _("expert")),
)


def level_words(level: int | None) -> str:
    """The words of a level; empty where nothing was said."""
    return "" if level is None else str(dict(LEVELS)[level])


__all__ = ["LEVELS", "level_words"]
