"""Drafts of schemes that say nothing yet: every page of theirs shows them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.evaluation import schemes
from apps.evaluation.models import Scheme
from tests.people import gather_with_rules

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("missing", ["figures", "constants", "cohorts", "parts", "grades"])
def test_a_draft_that_lacks_something_is_shown(client: Client, present: datetime, missing: str) -> None:
    they = gather_with_rules(present)
    schemes.install_shipped(now=present)
    draft = schemes.begin_draft(scheme=Scheme.objects.get(key="ministry"), by=they.office, now=present)
    lacking: Any = {missing: ()}
    content = replace(draft.tree, **lacking)
    schemes.save_draft(version=draft, revision=1, content=content, by=they.office, now=present)
    client.force_login(they.office)
    for name in ("evaluation_scheme", "evaluation_scheme_edit", "evaluation_scheme_adopt"):
        assert client.get(reverse(name, args=[draft.ulid])).status_code == 200, name
    assert client.get(reverse("evaluation_simulator", args=[draft.ulid])).status_code in (200, 422)
