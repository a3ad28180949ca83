"""A person's name for eyes that are not meant to have it: enough to compare with an identity card in
hand, too little to look somebody up. The number of hidden letters is not told.
"""

import re

from documents.contexts import Words

HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]")
HIDDEN = "*"


def masked(name: Words) -> Words:
    """The name masked in both languages."""
    return Words(mask(name.zh), mask(name.en))


def mask(name: str) -> str:
    """'艾*', '欧*佳' for three and more characters, 'A*** W***' for words of letters; empty for nothing."""
    name = name.strip()
    if not name:
        return ""
    if HAN.match(name) and " " not in name:
        return name[0] + HIDDEN + (name[-1] if len(name) > 2 else "")
    return " ".join(word[0] + HIDDEN * 3 for word in re.split(r"[\s·•-]+", name) if word)
