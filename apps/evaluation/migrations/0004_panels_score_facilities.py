"""Whoever was named to score a year's facilities sits on a panel of `apps.panels` for each of its tables."""

from typing import Any

from django.db import migrations, models

COMMITTEE = "evaluation"
NAMED = "Named by the office"
# What a panel that only gives points asks of its rules; it holds no votes.
RULES = {"minimum_members": 1, "familiarity_average": "0"}
FROZEN = "evaluation_facility_table_frozen_update"


def judges_sit_on_panels(apps: Any, schema_editor: Any) -> None:
    """A panel for each table that its judges were asked about: ended where it is scored. Tables that are
    still being completed get theirs in their case, from the committee.
    """
    table_model = apps.get_model("evaluation", "FacilityTable")
    tables = table_model.objects.exclude(state="collecting").select_related("review")
    rows = list(tables.filter(review__judges__isnull=False).distinct().order_by("pk"))
    if not rows:
        return
    _unfreeze(schema_editor)
    committee = _committee(apps, rows[0].review.opened_at)
    for table in rows:
        panel = _panel(apps, schema_editor, table, committee)
        table_model.objects.filter(pk=table.pk).update(panel=panel.ulid)


def _unfreeze(schema_editor: Any) -> None:
    """Published tables are frozen; the guard is there again after every migrate."""
    on = " ON evaluation_facilitytable" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {FROZEN}{on}")


def _committee(apps: Any, at: Any) -> Any:
    """The committee that judges evaluations, else one that bears the judges of these years and is over."""
    model = apps.get_model("panels", "Committee")
    found = model.objects.filter(code=COMMITTEE).first()
    if found is not None:
        return found
    school = apps.get_model("people", "OrgUnit").objects.order_by("pk").get(kind="school")
    return model.objects.create(
        code="facility-judges",
        name_zh="平台年度考核专家组",
        name_en="Judges of facilities",
        unit=school,
        valid_from=at,
        revoked_at=at,
    )


def _panel(apps: Any, schema_editor: Any, table: Any, committee: Any) -> Any:
    """The judges of a table in the order in which they were named, but for who belongs to the facility."""
    review = table.review
    crews = apps.get_model("instruments", "CrewMember").objects.filter(
        instrument__facility=table.facility_id, revoked_at__isnull=True
    )
    judges = review.judges.exclude(user__in=crews.values("user")).exclude(user=table.confirmed_by_id)
    over = table.state != "confirmed"
    panel = apps.get_model("panels", "Panel").objects.create(
        committee=committee,
        subject_ref=_subject(schema_editor, table),
        rules=RULES,
        formed_at=review.opened_at,
        formed_by=review.opened_by,
        ended_at=(review.published_at or table.confirmed_at) if over else None,
        ended_because="scored" if over else "",
    )
    seats = apps.get_model("panels", "PanelSeat")
    for position, judge in enumerate(judges.order_by("pk"), start=1):
        seats.objects.create(
            panel=panel,
            user_id=judge.user_id,
            position=position,
            state="accepted",
            familiarity=0,
            invited_at=review.opened_at,
            answered_at=review.opened_at,
            reason=NAMED,
        )
    return panel


def _subject(schema_editor: Any, table: Any) -> str:
    """The case of the table, where it has one: cases stand above this room, so it is asked by its row."""
    about = f"facility_table:{table.ulid}"
    connection = schema_editor.connection
    if "workflows_case" not in connection.introspection.table_names():
        return about
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ulid FROM workflows_case WHERE flow = %s AND subject_ref = %s", ["facility_review", about]
        )
        found = cursor.fetchone()
    return f"case:{found[0]}" if found else about


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0003_facility_review'),
        ('panels', '0002_scored'),
        ('people', '0001_tables'),
        ('instruments', '0001_tables'),
    ]

    operations = [
        migrations.AddField(
            model_name='facilitytable',
            name='panel',
            field=models.CharField(blank=True, max_length=26),
        ),
        migrations.RunPython(judges_sit_on_panels, migrations.RunPython.noop),
    ]
