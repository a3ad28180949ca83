"""An inventory keeps for which side it was written. Those that are there already are the owner's where the head of
the group wrote them, else the host's, as they were told apart so far.
"""

from typing import Any

from django.db import migrations, models


def tell_sides(apps: Any, editor: Any) -> None:
    """The owner's are those by the head of the group."""
    rows = apps.get_model("hosting", "Inventory").objects
    rows.filter(by=models.F("agreement__group__pi")).update(side="owner")


class Migration(migrations.Migration):
    dependencies = [("hosting", "0003_stable_things")]

    operations = [
        migrations.AddField(
            "inventory",
            "side",
            models.CharField(
                choices=[("owner", "Owner"), ("host", "Host"), ("office", "Equipment office")],
                default="host",
                max_length=6,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(tell_sides, migrations.RunPython.noop),
    ]
