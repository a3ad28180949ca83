"""How keywords find an asset: letters, digits and Chinese characters of its number, names, model and maker in
one text, without what people write differently (case, width, spaces, dashes). Pure.
"""

import unicodedata


def plain(text: str) -> str:
    """What counts of a text: 'JSM-7800F ' and 'jsm 7800f' are the same."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def haystack(*texts: str) -> str:
    """Where keywords of an asset are looked for; no keyword reaches from one text into the next."""
    return "|".join(plain(text) for text in texts)


def needles(text: str) -> list[str]:
    """The keywords of what somebody typed; all of them have to be found."""
    return list(dict.fromkeys(word for part in text.split() if (word := plain(part))))
