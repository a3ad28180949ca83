import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('decisions', '0001_initial')]

    initial = True

    dependencies = [
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuleSetVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('point', models.CharField(max_length=60)),
                ('version', models.PositiveIntegerField()),
                ('body', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('reason', models.TextField(blank=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('approver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='decisions_rulesetversion_period'), models.UniqueConstraint(fields=('point', 'version'), name='decisions_version_once')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='DecisionRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('point', models.CharField(max_length=60)),
                ('ruleset', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='decisions.rulesetversion')),
                ('engine', models.CharField(max_length=20)),
                ('outcome', models.CharField(max_length=40)),
                ('codes', models.JSONField()),
                ('reasons', models.JSONField()),
                ('fired', models.JSONField()),
                ('nearest', models.JSONField()),
                ('facts', models.JSONField()),
                ('facts_schema', models.PositiveSmallIntegerField()),
                ('facts_digest', models.CharField(max_length=64)),
                ('sources', models.JSONField()),
                ('subject', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('object_ref', models.CharField(max_length=80)),
                ('asked_by', models.CharField(max_length=80)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['subject', '-decided_at'], name='decisions_d_subject_8a14da_idx'), models.Index(fields=['object_ref', '-decided_at'], name='decisions_d_object__202b34_idx'), models.Index(fields=['point', '-decided_at'], name='decisions_d_point_19fad1_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ruleset__isnull', False), ('outcome', 'deny'), _connector='OR'), name='decisions_no_permit_without_ruleset')],
            },
        ),
    ]
