from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0004_panels_score_facilities'),
    ]

    operations = [
        migrations.DeleteModel(
            name='FacilityJudge',
        ),
    ]
