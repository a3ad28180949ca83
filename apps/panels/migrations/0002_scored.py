from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('panels', '0001_tables'),
    ]

    operations = [
        migrations.AlterField(
            model_name='panel',
            name='ended_because',
            field=models.CharField(blank=True, choices=[('decided', 'Decided'), ('withdrawn', 'Withdrawn'), ('overtaken', 'Overtaken'), ('no_members', 'Nobody was left to vote'), ('scored', 'Everybody has given their points, or was late')], max_length=10),
        ),
    ]
