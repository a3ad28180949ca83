"""What is stored while a cell cannot be read: what was stored in it before. A slip of the pen takes no price
away.
"""

from collections.abc import Collection

from apps.fees.grid.typed import Row, Typed


def keep(typed: Typed, unreadable: Collection[str], stored: Typed) -> Typed:
    """`typed` with the stored texts in the cells that cannot be read; empty where nothing is stored. Items
    are known by their code, other rows by their place on the page.
    """
    kept = Typed(fields=dict(typed.fields))
    for table, rows in typed.tables.items():
        kept.tables[table] = [Row(row.key, dict(row.cells)) for row in rows]
    for name in unreadable:
        if name in kept.fields:
            kept.fields[name] = stored.fields.get(name, "")
            continue
        table, key, path = name.split(".", 2)
        row = kept.row(table, key)
        before = _before(table, row, stored) if row is not None else None
        if row is not None:
            row.cells[path] = before.cells.get(path, "") if before is not None else ""
    return kept


def _before(table: str, row: Row, stored: Typed) -> Row | None:
    if table != "i":
        return stored.row(table, row.key)
    code = row.cells.get("code", "").strip()
    return next((one for one in stored.tables["i"] if one.cells.get("code") == code), None)


__all__ = ["keep"]
