"""What was proposed, accepted, signed, inspected and stated is never changed: laws of the database."""

from apps.core.guards import append_only

for _table in (
    *("termsversion", "acceptance", "signature", "inspection", "inspectionitem"),
    *("exitnotice", "review", "photo", "repaircost", "statement"),
):
    append_only(f"hosting_{_table}")
