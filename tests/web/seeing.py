"""A person at a browser of one of the widths, watched for faults."""

from typing import Any

from django.urls import reverse
from playwright.sync_api import Page

from scripts.browser import WIDTHS, Watch
from tests.people import PASSWORD


def sign_in(new_context: Any, url: str, login: str, width: str) -> tuple[Page, Watch]:
    """A page of a browser of this width whose person has signed in, and who watches it."""
    across, down = WIDTHS[width]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + "/")
    return page, watch
