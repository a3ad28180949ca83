"""The diagram of a case as a picture for a paper. The renderer of papers knows no variables of style sheets
and no outlines behind letters, so the colours of daylight are written into the rules of `diagram.css`.
"""

import re
from base64 import b64encode
from functools import cache
from pathlib import Path

from django.utils import translation

from workflows.drawing import Description, draw_file
from workflows.progress import Progress

_STYLE = Path(__file__).parent / "static" / "workflows" / "diagram.css"
_VARIABLE = re.compile(r"(--flow-[a-z-]+):[^;#]*(#[0-9a-f]{6})")
_OUTLINE = "paint-order: stroke; stroke: var(--flow-paper); stroke-width: 4px; stroke-linejoin: round;"
_FONT = '.flow-svg { font-family: "Noto Serif SC", "Source Serif 4"; }'


def diagram_picture(description: Description, progress: Progress, language: str) -> str:
    """The picture as a data: address of an SVG, in a language: where the case stands, which way it took."""
    with translation.override(language):
        drawn = str(draw_file(description, **vars(progress)))
    begin, end = drawn.index("<style>") + len("<style>"), drawn.index("</style>")
    svg = drawn[:begin] + _paper_style() + drawn[end:]
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


@cache
def _paper_style() -> str:
    style = _STYLE.read_text(encoding="utf-8")
    colours: dict[str, str] = {}
    for name, colour in _VARIABLE.findall(style):
        colours.setdefault(name, colour)  # the first ones are those of daylight
    rules = style[style.index(".flow-ground") : style.index(".flow-diagram")].replace(_OUTLINE, "")
    return _FONT + re.sub(r"var\((--flow-[a-z-]+)\)", lambda found: colours[found.group(1)], rules)
