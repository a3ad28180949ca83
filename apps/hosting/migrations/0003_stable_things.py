"""Things that change hands are numbered in their agreement. Those that are there already are numbered by
name, as their photographs were told apart so far.
"""

from typing import Any

from django.db import migrations, models


def number_things(apps: Any, editor: Any) -> None:
    """One number for each name in an agreement; photographs of inventories have that of their line."""
    items, photos = (apps.get_model("hosting", name).objects.all() for name in ("InventoryItem", "Photo"))
    agreements = apps.get_model("hosting", "Agreement").objects
    of_things = photos.exclude(about="inspection").exclude(item="")
    with_any = {*items.values_list("inventory__agreement", flat=True), *of_things.values_list("agreement", flat=True)}
    if of_things.exists():
        _let_photographs_change(editor)
    for agreement in agreements.filter(pk__in=with_any).order_by("pk"):
        numbers: dict[str, int] = {}
        last = 0
        for inventory in agreement.inventories.order_by("pk"):
            taken = set()
            for item in inventory.items.order_by("place"):
                key = numbers.get(item.name)
                if key is None or key in taken:
                    last += 1
                    key = last
                    numbers.setdefault(item.name, key)
                taken.add(key)
                item.key = key
                item.save(update_fields=["key"])
        for photo in of_things.filter(agreement=agreement).order_by("pk"):
            if photo.item not in numbers:
                last += 1
                numbers[photo.item] = last
            photos.filter(pk=photo.pk).update(key=numbers[photo.item])
        agreement.things = last
        agreement.save(update_fields=["things"])


def _let_photographs_change(editor: Any) -> None:
    """The guard of the table rests until this migration is over: it is put back after every migrate."""
    table = "" if editor.connection.vendor == "sqlite" else " ON hosting_photo"
    editor.execute(f"DROP TRIGGER IF EXISTS hosting_photo_no_update{table}")


class Migration(migrations.Migration):
    dependencies = [("hosting", "0002_state_words")]

    operations = [
        migrations.AddField("agreement", "things", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "inventoryitem", "key", models.PositiveIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField("photo", "key", models.PositiveIntegerField(default=0)),
        migrations.RunPython(number_things, migrations.RunPython.noop),
        migrations.AddConstraint(
            "inventoryitem",
            models.UniqueConstraint(fields=["inventory", "key"], name="hosting_item_key"),
        ),
    ]
