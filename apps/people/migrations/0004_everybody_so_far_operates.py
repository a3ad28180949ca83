from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def nobody_so_far_is_a_visitor(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("people", "User").objects.filter(full_from__isnull=True).update(full_from=F("valid_from"))


class Migration(migrations.Migration):
    dependencies = [("people", "0003_applications_hr_organisations")]

    operations = [migrations.RunPython(nobody_so_far_is_a_visitor, migrations.RunPython.noop)]
