"""After a transactional test the database is as it was before: no rows, every guard awake."""

from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.models import Fact
from tests.emptying import empty, filled
from tests.people import gather


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_has_no_rows_and_all_its_guards(now: datetime) -> None:
    gather(now)
    assert "core_fact" in filled()
    empty()
    assert filled() == []
    gather(now)
    there = Fact.objects.count()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute("DELETE FROM core_fact")
    assert Fact.objects.count() == there > 0


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_asks_for_keys_that_exist(now: datetime) -> None:
    they = gather(now)
    empty()
    with pytest.raises(DatabaseError), transaction.atomic():
        they.certificate.save(force_insert=True)
