"""What a paper costs: from its frozen content to the bytes of the PDF, beside bare WeasyPrint on the very
same HTML, in turn. `python -m bench.bench_documents` prints JSON lines.

The bare one gets what nobody would leave out: the committed fonts, prepared before the clock runs, and the
same kind of file (PDF/A-3a, tagged). It has no template, no QR code, no look for missing glyphs, no refusal
of addresses.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from statistics import median
from typing import Any

import django

from bench.lines import say, spread
from bench.papers import BEGINS, PAPERS
from documents import fonts
from documents.contexts import Context
from documents.sheets import Imprint, compose, make_pdf

BAR = 1.2
RUNS, QUICK_RUNS, WARM_UP = 40, 2, 2
LANGUAGES = ("zh-hans", "en")


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small size, to see that it runs")
    options = parser.parse_args(argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.demo")
    django.setup()
    for name, context in PAPERS.items():
        for language in LANGUAGES:
            compare(name, context, language, times=QUICK_RUNS if options.quick else RUNS)
    return 0


def compare(name: str, context: Context, language: str, *, times: int) -> None:
    """Print one paper in one language, both ways in turn."""
    imprint = Imprint(number="青屿设备〔2026〕12号", grouped_code="7K3M-9QXT-2B4C-H8WD", issued_at=BEGINS)  # noqa: RUF001 - Chinese brackets
    html = compose(context, language=language, imprint=imprint)
    bare = bare_renderer()
    ways: dict[str, Callable[[], bytes]] = {
        "ours": lambda: make_pdf(context, language=language, imprint=imprint),
        "bare": lambda: bare(html),
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(WARM_UP + times):
        for way, make in ways.items():
            start = time.perf_counter_ns()
            size = len(make())
            if turn >= WARM_UP:
                taken[way].append((time.perf_counter_ns() - start) / 1e6)
    ratio = median(taken["ours"]) / median(taken["bare"])
    say(
        "document",
        kind=name,
        language=language,
        bytes=size,
        **spread(taken["ours"]),
        baseline_p50_ms=round(median(taken["bare"]), 3),
        ratio=round(ratio, 3),
        bar=f"ratio <= {BAR:g}",
        meets_bar=ratio <= BAR,
    )


def bare_renderer() -> Callable[[str], bytes]:
    """WeasyPrint as its own documentation shows it, on our fonts."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(fonts.CONFIGURATION)
    try:
        weasyprint: Any = import_module("weasyprint")
        configuration = import_module("weasyprint.text.fonts").FontConfiguration()
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before

    def render(html: str) -> bytes:
        pdf: bytes = weasyprint.HTML(string=html).write_pdf(font_config=configuration, pdf_variant="pdf/a-3a")
        return pdf

    return render


if __name__ == "__main__":
    sys.exit(main())
