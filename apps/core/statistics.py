"""What the database knows of its own tables when it plans a query."""

from django.db import connection
from django.db.models import Model


def refresh_statistics(*models: type[Model]) -> None:
    """To be called between loading very many rows and comparing them. PostgreSQL takes a table that has just
    been filled for empty, worse so when its own analysis came by before the rows were committed, and compares
    a hundred thousand rows with a hundred thousand one by one: hours. SQLite's plans need no statistics.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(one._meta.db_table for one in models)}")
