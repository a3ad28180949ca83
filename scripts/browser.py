"""A headless Chromium and what it must not complain about: horizontal overflow, axe violations, the content
security policy, errors on the console. Shared by the screenshots and by the browser tests; it knows no
page.
"""

import os
import shutil
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
_BLOCKED = "Service Worker registration blocked by Playwright"  # as tests/web/conftest.py asks it to
_WATCH_CSP = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  const { violatedDirective, blockedURI, sourceFile, lineNumber } = event;
  window.__violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
});
"""
# 44 px: what a finger hits. Links inside sentences are exempt, as in WCAG 2.5.8.
_SMALL = """
() => {
  const fields = "input:not([type=hidden]):not([type=checkbox]):not([type=radio])";  // their label is hit
  const controls = `button, .btn, .slot, summary, select, nav a, ${fields}`;
  const low = (one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && box.height < 43.5;
  };
  return [...document.querySelectorAll(controls)]
    .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden") && low(one))
    .map((one) => `${one.tagName} ${one.className} ${(one.textContent || "").trim().slice(0, 30)}`);
}
"""


# What is wider or higher than its own box spills over its border (1 px: fractions are rounded).
_SPILLING = """
() => [...document.querySelectorAll("button, .btn, .slot, summary")]
  .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden"))
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
  .map((one) => `${one.tagName} ${one.className} ${(one.textContent || "").trim().slice(0, 30)}`)
"""


class NoBrowser(RuntimeError):
    """There is no Chromium on this machine."""


def executable() -> str:
    """The path of Chromium. Raises NoBrowser saying how to get one."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise NoBrowser("no Chromium on this machine: make system")
    return found


class Watch:
    """What one page complained about since it was made."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._console: list[str] = []
        page.add_init_script(_WATCH_CSP)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._console.append(f"error: {error}"))

    def problems(self) -> list[str]:
        """Everything wrong with the page as it stands, in words; the console is read once."""
        page = self._page
        page.wait_for_selector("html[data-ready=true]")
        found = [f"console: {line}" for line in self._console]
        self._console.clear()
        found += [f"csp: {one}" for one in page.evaluate("() => window.__violations || []")]
        wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            found.append(f"overflow: {wide} px at width {page.evaluate('() => window.innerWidth')}")
        found += [f"small target: {one}" for one in page.evaluate(_SMALL)]
        found += [f"spills over its box: {one}" for one in page.evaluate(_SPILLING)]
        return found + [f"axe: {one}" for one in axe_violations(page)]

    def _hear(self, message: ConsoleMessage) -> None:
        # The page's own status (a refusal, a form to mend) is an answer and no error of the page.
        answered = (
            message.text.startswith("Failed to load resource") and message.location["url"] == self._page.url
        )
        if message.type in ("error", "warning") and not answered and message.text != _BLOCKED:
            self._console.append(message.text)


def axe_violations(page: Page) -> list[str]:
    """Violations of WCAG 2.1 A and AA and of good practice, one line each."""
    results: Any = Axe().run(page).response
    return [
        f"{one['id']}: {one['help']} ({', '.join(str(node['target']) for node in one['nodes'][:4])})"
        for one in results["violations"]
    ]
