"""The sign-in page of a demonstration names its people; no other page and no other installation does."""

from copy import deepcopy

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.portal.demo import roster

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def demo(settings: Settings) -> None:
    """The one line of settings.demo."""
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["context_processors"].append("apps.portal.demo.signing.people")
    settings.TEMPLATES = templates


@pytest.mark.usefixtures("demo")
def test_everybody_stands_there_with_what_they_do_in_both_languages() -> None:
    for language, words in (("zh-hans", "name_zh role_zh"), ("en", "name_en role")):
        page = Client(headers={"accept-language": language}).get(reverse("account_login")).content.decode()
        assert roster.PASSWORD in page
        for person in roster.PEOPLE:
            assert person.login in page
            assert all(getattr(person, word) in page for word in words.split())


@pytest.mark.usefixtures("demo")
def test_other_pages_say_nothing_of_it() -> None:
    assert roster.PASSWORD not in Client().get(reverse("application_create")).content.decode()


def test_elsewhere_nobody_is_named() -> None:
    assert roster.PASSWORD not in Client().get(reverse("account_login")).content.decode()
