"""Pictures of every page at 1280 and 390 px from a running demo, and a failure when one of them overflows,
breaks accessibility or the content security policy, or logs an error.

python scripts/screenshots.py --url http://127.0.0.1:8000/ --logins var/run.json --out var/screenshots
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.browser import ARGS, WIDTHS, Watch, executable

_SCROLL = """
async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 400) {
    window.scrollTo(0, y);
    await new Promise((done) => setTimeout(done, 40));
  }
  window.scrollTo(0, 0);
  await new Promise((done) => setTimeout(done, 200));
}
"""
GATED = "QY000004"  # the instrument of the demo that has a controller
LINK_MS = 15_000  # until a part that a page asks for has brought its links
FEE_TASK = "main a[href*='/tasks/']:has-text('收费'), main a[href*='/tasks/']:has-text('Fee')"
# A booking that may still be moved: the one that runs now may not.
COMING = "section:has(#coming) tr:has(a[href$='/change/']) td:nth-child(2) a"
NAMES_PRICE = ":has-text('讨论并提出一个价格'), :has-text('Discussion and one price')"
RULES = ":has-text('主任委员决定'), :has-text('The chair decides')"
NEEDED = "section:has(#mine)"  # what waits for the viewer, on the list of fee reviews


@dataclass(frozen=True)
class Shot:
    """One picture: who looks, at which address, and its name. `follow` are selectors of links, each followed
    from the page before: ids of the demo are not known beforehand. One that begins with './' is the address
    of a part of the page before: its link is gone as soon as the page has fetched the part by itself.
    """

    name: str
    login: str
    path: str
    follow: str | tuple[str, ...] = ()

    @property
    def way(self) -> tuple[str, ...]:
        return (self.follow,) if isinstance(self.follow, str) else self.follow


SHOTS = (
    Shot("sign-in", "", "accounts/login/"),
    Shot("home", "alice", ""),
    Shot("home-manager", "teng", ""),
    Shot("instruments", "alice", "instruments/"),
    Shot("instruments-none", "alice", "instruments/?q=nothing-like-this"),
    Shot("instrument-allowed", "alice", f"instruments/{GATED}/"),
    Shot("instrument-refused", "bob", f"instruments/{GATED}/"),
    Shot("instrument-crew", "teng", f"instruments/{GATED}/"),
    Shot("book", "alice", f"instruments/{GATED}/", "#book a.slot"),
    Shot("bookings", "alice", "bookings/"),
    Shot("bookings-none", "charlie", "bookings/"),
    Shot("cancel", "alice", "bookings/", "a[href*='/cancel/']"),
    Shot("usage", "alice", "usage/"),
    Shot("usage-none", "bob", "usage/"),
    Shot("decision-allowed", "alice", "usage/", "a[href*='/decisions/']"),
    Shot("decision-refused", "bob", f"instruments/{GATED}/", "a[href*='/decisions/']"),
    Shot("wall", "office", "wall/"),
    Shot("wall-lock", "teng", "wall/", "a[href$='/lock/']"),
    Shot("wall-unlock", "teng", "wall/", "a[href$='/unlock/']"),
    Shot("instrument-lock", "teng", f"instruments/{GATED}/lock/"),
    Shot("controllers", "office", "controllers/"),
    Shot("controllers-manager", "teng", "controllers/"),
    Shot("controllers-none", "teng", "controllers/?q=nothing-like-this"),
    Shot("bench", "teng", "demo/bench/"),
    Shot("inbox", "teng", "inbox/"),
    Shot("inbox-applied", "alice", "inbox/?tab=applied"),
    # fee standards: proposals, reviews, votes, notices, prices, papers
    Shot("fees", "teng", "fees/"),
    Shot("fees-none", "teng", "fees/?q=nothing-like-this"),
    Shot("fees-new", "teng", "fees/new/"),
    Shot("fees-proposal", "teng", "fees/?state=draft", "main table a"),
    Shot("fees-sheet", "teng", "fees/?state=draft", ("main table a", "a[href*='/sheets/']")),
    Shot(
        "fees-import",
        "teng",
        "fees/?state=draft",
        ("main table a", "a[href*='/sheets/']", "a[href$='/import/']"),
    ),
    Shot("fees-whatif", "teng", "fees/?state=submitted", ("main table a", "a[href*='/what-if/']")),
    Shot("fee-reviews", "ma", "fee-reviews/"),
    Shot("fee-reviews-secretary", "pei", "fee-reviews/"),
    Shot("fee-reviews-none", "alice", "fee-reviews/"),
    Shot("fee-dossier-vote", "su", "fee-reviews/", f"{NEEDED} a.btn[href*='/fee-reviews/']"),
    Shot(
        "fee-dossier-past",
        "su",
        "fee-reviews/",
        (f"{NEEDED} a.btn[href*='/fee-reviews/']", "./past/"),
    ),
    Shot("fee-board", "pei", "fee-reviews/", ("section:has(#others) li a", "a[href$='/board/']")),
    Shot("fee-together", "pei", "fee-reviews/together/"),
    Shot("fee-invitation", "bai", "fee-reviews/", f"{NEEDED} a.btn[href*='/tasks/']"),
    Shot("fee-price", "ma", "fee-reviews/", f"{NEEDED} li:is({NAMES_PRICE}) a.btn[href*='/tasks/']"),
    Shot("fee-ruling", "ma", "fee-reviews/", f"{NEEDED} li:is({RULES}) a.btn[href*='/tasks/']"),
    Shot("fee-panel", "pei", "fee-reviews/", f"{NEEDED} a.btn[href*='/tasks/']"),
    Shot("fee-objection", "pei", "fee-reviews/", f"{NEEDED} li:last-child a.btn[href*='/tasks/']"),
    Shot("fee-department", "zhao", "inbox/", FEE_TASK),
    Shot("fee-finance", "finance", "inbox/", FEE_TASK),
    Shot("fee-case", "office", "fee-reviews/", (f"{NEEDED} li a", ".crumbs a[href*='/cases/']")),
    Shot("fee-notices", "", "fee-notices/"),
    Shot("fee-notice", "", "fee-notices/", "main .list-rows a"),
    Shot("fee-notice-member", "erik", "fee-notices/", "main .list-rows a"),
    Shot("prices", "", "prices/"),
    Shot("prices-none", "", "prices/?q=nothing-like-this"),
    Shot("prices-coverage", "office", "prices/coverage/"),
    Shot("paper-check", "", "check/"),
    Shot("paper-genuine", "", "prices/", "main a[href*='/check/']"),
    Shot("paper-unknown", "", "check/AAAA-BBBB-CCCC-DDDD/"),
    Shot("committees", "pei", "committees/"),
    Shot("expertise", "ma", "me/expertise/"),
    Shot("notices", "alice", "notices/"),
    Shot("notices-none", "mei", "notices/?group=training"),
    Shot("notice-preferences", "alice", "notices/preferences/"),
    Shot("two-step", "alice", "accounts/2fa/"),
    Shot("two-step-app", "alice", "accounts/2fa/totp/activate/"),
    Shot("passkeys", "alice", "accounts/2fa/webauthn/"),
    Shot("password", "alice", "accounts/password/change/"),
    Shot("sign-out", "alice", "accounts/logout/"),
    Shot("timetable", "alice", "timetable/"),
    Shot("timetable-week", "alice", "timetable/?view=week"),
    Shot("timetable-none", "alice", "timetable/?q=nothing-like-this"),
    Shot("timetable-instrument", "alice", f"instruments/{GATED}/timetable/"),
    Shot("finder", "alice", "timetable/find/"),
    Shot("finder-found", "alice", "timetable/find/?minutes=120&certified=all"),
    Shot("booking", "alice", "bookings/", COMING),
    Shot("booking-change", "alice", "bookings/", "main a[href*='/change/']"),
    Shot(
        "booking-hand-over",
        "alice",
        "bookings/",
        (COMING, "main a[href$='/hand-over/']"),
    ),
    Shot("booking-terms", "teng", f"instruments/{GATED}/booking-terms/"),
    Shot("hand-over", "mei", "bookings/", "main a[href*='/hand-overs/']"),
    Shot("calendar", "alice", "bookings/calendar/"),
    Shot("waiting", "alice", "bookings/waiting/"),
    Shot("waiting-join", "mei", "instruments/QY000025/wait/"),
    Shot("waiting-list", "office", "instruments/QY000025/waiting/"),
    Shot("series", "teng", "bookings/series/"),
    Shot("series-detail", "teng", "bookings/series/", "main a[href*='/bookings/series/']"),
    Shot("series-new", "teng", f"instruments/{GATED}/series/"),
    Shot("points", "alice", "bookings/points/"),
    Shot("appeals", "office", "bookings/appeals/"),
    Shot("appeal", "office", "bookings/appeals/", "main a[href*='/appeals/']"),
    Shot("my-day", "teng", "my-day/"),
    Shot("here", "alice", f"i/{GATED}/"),
    Shot("here-fault", "alice", f"i/{GATED}/fault/"),
    Shot("scan", "olga", "scan/"),
    Shot("corrections", "teng", "usage/corrections/"),
    Shot("usage-correct", "alice", "usage/", "main a[href*='/correct/']"),
    Shot("samples", "alice", "samples/"),
    Shot("samples-none", "charlie", "samples/"),
    Shot("samples-new", "alice", "samples/new/"),
    Shot("samples-draft", "alice", "samples/", ("main tbody a", "main a[href$='/draft/']")),
    Shot("samples-request", "alice", "samples/", "main tbody tr:last-child a"),
    Shot("samples-sponsor", "teng", "samples/", "main a[href*='/sponsor']"),
    Shot("samples-board", "olga", "samples/board/"),
    Shot("samples-queue", "olga", "samples/board/QY000006/"),
    Shot("samples-sample", "olga", "samples/board/QY000006/", "main tbody th a"),
    Shot("samples-services", "teng", "samples/services/QY000006/"),
    Shot("samples-classes", "office", "samples/classes/"),
    # the school library, data quality, opening
    Shot("figures", "office", "figures/"),
    Shot("figures-records", "office", "figures/", "main a[href*='/records/']"),
    Shot("hosting", "he", "hosting/"),
    Shot("hosting-board", "he", "hosting/board/"),
    Shot("hosting-agreement", "he", "hosting/board/", "main tbody th a"),
    Shot("evaluation", "he", "evaluation/"),
    Shot("evaluation-round", "he", "evaluation/", "main tbody th a"),
    Shot("evaluation-sheet", "he", "evaluation/", ("main tbody th a", "main a[href*='/evaluation/sheets/']")),
    Shot("evaluation-schemes", "he", "evaluation/schemes/"),
    Shot("evaluation-what-if", "he", "evaluation/schemes/", ("main tbody th a", "main a[href*='/what-if/']")),
    Shot("facility-years", "he", "facility-reviews/"),
    Shot("facility-year", "he", "facility-reviews/", "main a[href*='/facility-reviews/2']"),
    Shot(
        "facility-table",
        "he",
        "facility-reviews/",
        ("main a[href*='/facility-reviews/2']", "main a[href*='/facility-tables/']"),
    ),
    Shot("library", "alice", "library/"),
    Shot("library-found", "alice", "library/?q=质谱"),
    Shot("library-none", "alice", "library/?q=nothing-like-this"),
    Shot("library-classes", "alice", "library/classes/?class_code=03"),
    Shot("library-asset", "teng", f"library/?q={GATED}", "main tbody th a"),
    Shot("library-edit", "teng", f"library/?q={GATED}", ("main tbody th a", "main a[href*='/edit/']")),
    Shot("library-tag", "office", f"library/?q={GATED}", ("main tbody th a", "main a[href$='/tag/']")),
    Shot("library-lists", "office", "library/lists/"),
    Shot("library-list", "office", "library/lists/benefit/"),
    Shot("register", "office", "office/register/"),
    Shot("register-file", "office", "office/register/", "main tbody th a"),
    Shot(
        "register-changed", "office", "office/register/", ("main tbody th a", "main a[href*='show=changed']")
    ),
    Shot("register-confirm", "office", "office/register/", ("main tbody tr:last-child th a",)),
    Shot("quality", "office", "library/quality/"),
    Shot("quality-record", "teng", "library/quality/QY000016/"),
    Shot("quality-table", "office", "office/quality/"),
    Shot("opening", "teng", "instruments/QY000016/opening/"),
    Shot("opening-lower", "office", "instruments/QY000016/opening/lower/"),
    Shot("opening-begin", "teng", "processes/onboarding/new/"),
    Shot("commission", "teng", f"instruments/{GATED}/commission/"),
    Shot("webhooks", "alice", "account/webhooks/"),
    Shot("webhooks-new", "alice", "account/webhooks/new/"),
    Shot("not-permitted", "alice", "wall/"),
    Shot("not-found", "alice", "nothing-here/"),
)


@dataclass(frozen=True)
class Site:
    """The demo, and the passwords of its people."""

    url: str
    passwords: dict[str, str]


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when every page is fine, 1 when something is wrong with one (each is told)."""
    parser = argparse.ArgumentParser(prog="screenshots", description=__doc__)
    parser.add_argument("--url", required=True, help="where the demo answers")
    parser.add_argument("--logins", type=Path, required=True, help="var/run.json of the running demo")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--language", choices=("zh-hans", "en"), default="zh-hans")
    parser.add_argument("--dark", action="store_true", help="as a system in dark mode sees them")
    parser.add_argument("--only", default="", help="only pictures whose name contains this")
    options = parser.parse_args(arguments)
    told = json.loads(options.logins.read_text(encoding="utf-8"))
    logins = told["logins"] if isinstance(told, dict) else told
    site = Site(options.url, {one["login"]: one["password"] for one in logins})
    options.out.mkdir(parents=True, exist_ok=True)
    bad = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGS)
        for name, problems in _take(browser, site, options):
            sys.stdout.write(f"{'ok  ' if not problems else 'FAIL'} {name}\n")
            sys.stdout.write("".join(f"       {problem}\n" for problem in problems))
            bad += bool(problems)
        browser.close()
    return 1 if bad else 0


def _take(browser: Browser, site: Site, options: argparse.Namespace) -> Iterator[tuple[str, list[str]]]:
    shots = [shot for shot in SHOTS if options.only in shot.name]
    for width, (across, down) in WIDTHS.items():
        for login in dict.fromkeys(shot.login for shot in shots):
            context = browser.new_context(
                viewport={"width": across, "height": down},
                timezone_id="Asia/Shanghai",
                color_scheme="dark" if options.dark else "light",
                reduced_motion="reduce",
            )
            context.add_cookies([{"name": "django_language", "value": options.language, "url": site.url}])
            page = context.new_page()
            watch = Watch(page)
            if login:
                sign_in(page, site, login)
            for shot in shots:
                if shot.login == login:
                    name = f"{shot.name}-{width}"
                    try:
                        status = _go(page, site, shot)
                    except TimeoutError as missing:
                        yield name, [f"no such link: {str(missing).splitlines()[-1].strip()}"]
                        continue
                    _reveal(page)
                    problems = watch.problems()
                    if (status >= 400) is not (shot.name == "not-found"):
                        problems.append(f"the answer has the status {status}")
                    page.screenshot(path=options.out / f"{name}.png", full_page=True)
                    yield name, problems
            context.close()


def sign_in(page: Page, site: Site, login: str) -> None:
    """Sign in through the form, as a person does."""
    page.goto(urljoin(site.url, "accounts/login/"))
    page.fill("#id_login", login)
    page.fill("#id_password", site.passwords[login])
    page.click("main button[type=submit]")
    page.wait_for_url(site.url)


def _reveal(page: Page) -> None:
    """Parts that a page asks for by itself have arrived, and charts that are drawn on sight are drawn."""
    page.wait_for_load_state("networkidle")
    page.evaluate(_SCROLL)
    page.wait_for_load_state("networkidle")


def _go(page: Page, site: Site, shot: Shot) -> int:
    """Walk to the page of a picture; gives the status of its answer."""
    answer = page.goto(urljoin(site.url, shot.path))
    for selector in shot.way:
        found = page.locator(selector).first
        link = selector if selector.startswith("./") else found.get_attribute("href", timeout=LINK_MS)
        answer = page.goto(urljoin(page.url, link or ""))
    if "/reauthenticate/" in page.url:
        page.fill("#id_password", site.passwords[shot.login])
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "/reauthenticate/" not in url)
    return answer.status if answer is not None else 0


if __name__ == "__main__":
    sys.exit(main())
