"""How much room words take in a drawing, and where they break: Chinese anywhere, English between words.
Measured by rule of thumb, because the server has no fonts of its readers.
"""

import re
import unicodedata

_EM = {"W": 1.0, "F": 1.0, "A": 1.0}
_NARROW, _BROAD = 0.55, 0.68
_ELLIPSIS = "…"
_HAN = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_CLOSING = r"\uff0c\u3002\u3001\uff1b\uff1a\uff01\uff1f\uff09\u300b\u300d\u3011"  # never begin a line
# A Chinese character with the mark behind it, a Latin word with its marks, or a space.
_PIECE = re.compile(rf"[{_HAN}][{_CLOSING}]*|[^\s{_HAN}]+|\s+")


def width(text: str, size: int) -> int:
    """The width of one line in pixels, rounded up; `size` is the font's, in pixels."""
    ems = sum(map(_em, text))
    return int(ems * size) + 1


def _em(sign: str) -> float:
    return _EM.get(unicodedata.east_asian_width(sign)) or (_BROAD if sign.isupper() else _NARROW)


def wrap(text: str, room: int, size: int, most: int) -> list[str]:
    """The text in at most `most` lines of `room` pixels; what is too long ends with an ellipsis."""
    lines = [""]
    for piece in _pieces(text, room, size):
        if width((lines[-1] + piece).rstrip(), size) <= room:
            lines[-1] += piece
        elif piece.strip():
            lines.append(piece)
    if len(lines) > most:
        lines = [*lines[: most - 1], _cut("".join(lines[most - 1 :]), room, size)]
    return [line.strip() for line in lines if line.strip()]


def _pieces(text: str, room: int, size: int) -> list[str]:
    """What may stand at the end of a line; a word longer than a line is cut into what fits."""
    found = []
    for piece in _PIECE.findall(" ".join(text.split())):
        while width(piece, size) > room and len(piece) > 1:
            fits = next(n for n in range(len(piece) - 1, 0, -1) if n == 1 or width(piece[:n], size) <= room)
            found.append(piece[:fits])
            piece = piece[fits:]
        found.append(piece)
    return found


def _cut(text: str, room: int, size: int) -> str:
    while text and width(text + _ELLIPSIS, size) > room:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS
