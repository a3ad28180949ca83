"""The only door to WeasyPrint: HTML in, PDF out. The renderer sees the committed fonts and nothing else
of the machine, and opens no address: pictures come as data: addresses, so no content can make the
server call anybody. The same HTML gives the same bytes in every new process.
"""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from documents import fonts

log = logging.getLogger(__name__)

# Accessible (tagged) and made for the archive: fonts and colour profile are inside.
VARIANT = "pdf/a-3a"
SCREEN = "screen"  # our name for the colour profile

# Pango's font map is not for two threads at once, and one rendering at a time bounds a process's memory.
_one_at_a_time = threading.Lock()


class OutsideFetch(RuntimeError):
    """A template or a content asked the renderer to open an address: a defect or an attack, never an
    answer to a user. Nothing was opened and nothing rendered.
    """


def render_pdf(html: str) -> bytes:
    """An HTML page as PDF. Title, author, language, subject, keywords and date of creation are taken from its
    head (`title`, `meta`). Raises OutsideFetch when anything in it points outside.
    """
    with _one_at_a_time:
        library, configuration = _prepared()
        inside = _Inside(library)
        try:
            pdf: bytes = library.HTML(string=html, url_fetcher=inside).write_pdf(
                font_config=configuration,
                pdf_variant=VARIANT,
                color_profiles={SCREEN: _colour_profile(library)},
                output_intent=SCREEN,
            )
        except library.urls.FatalURLFetchingError as problem:
            raise OutsideFetch(str(inside.refused)) from problem
        finally:
            if inside.refused:
                log.error("a document asked for an address of the scheme %s", inside.refused)
    if inside.refused:  # the renderer's own answer is to go on without the picture
        raise OutsideFetch(str(inside.refused))
    return pdf


class _Inside:
    """What the renderer asks for addresses: it gets what data: addresses hold and nothing else. `refused`
    keeps the schemes of the others, because the renderer swallows some refusals.
    """

    _fail_on_errors = True  # part of the renderer's protocol

    def __init__(self, library: Any) -> None:
        self._data = library.urls.URLFetcher(allowed_protocols={"data"})
        self.refused: list[str] = []

    def __call__(self, url: str) -> Any:
        scheme = urlsplit(url).scheme
        if scheme != "data":
            self.refused.append(scheme)
            raise ValueError(f"an address of the scheme {scheme}")
        return self._data.fetch(url)


def _colour_profile(library: Any) -> Any:
    """The renderer's own sRGB profile, which PDF/A asks for. Left to itself it forgets to close the file."""
    content = (Path(library.__file__).parent / "pdf" / "sRGB2014.icc").read_bytes()
    return library.css.ColorProfile(
        BytesIO(content), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"])
    )


@cache
def _prepared() -> tuple[Any, Any]:
    """WeasyPrint and a configuration of our fonts, made at the first rendering of a process: import and
    fonts take 0.8 s and 40 MB that gateway and commands need not spend. Called under the lock.
    """
    with _only_our_fonts():
        library = import_module("weasyprint")
        configuration = import_module("weasyprint.text.fonts").FontConfiguration()
    return library, configuration


@contextmanager
def _only_our_fonts() -> Iterator[None]:
    """Fontconfig reads this variable when a configuration is made; programs that we start later keep the
    system's fonts.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(fonts.CONFIGURATION)
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before
