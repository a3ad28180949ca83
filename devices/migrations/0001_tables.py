import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('devices', '0001_initial')]

    initial = True

    dependencies = [
        ('instruments', '0001_tables'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Controller',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dev', models.CharField(max_length=26, unique=True)),
                ('kid', models.CharField(max_length=40)),
                ('algorithm', models.CharField(choices=[('ed25519', 'Ed25519'), ('hmac-sha256', 'Hmac')], default='ed25519', max_length=12)),
                ('public_key', models.CharField(help_text='base64url raw Ed25519 public key', max_length=64)),
                ('enrolled_at', models.DateTimeField()),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('config', models.JSONField(default=dict)),
                ('config_hash', models.CharField(blank=True, max_length=64)),
                ('desired_ver', models.BigIntegerField(default=1)),
                ('published_ver', models.BigIntegerField(default=0)),
                ('estop', models.BooleanField(default=False)),
                ('evt_upto', models.BigIntegerField(default=0)),
                ('online', models.BooleanField(default=False)),
                ('last_seen_at', models.DateTimeField(blank=True, null=True)),
                ('boot', models.CharField(blank=True, max_length=16)),
                ('bootn', models.BigIntegerField(default=0)),
                ('conn', models.BigIntegerField(default=0)),
                ('reported_ver', models.BigIntegerField(default=0)),
                ('reported_eseq', models.BigIntegerField(default=0)),
                ('standby', models.JSONField(default=list, help_text='the stand-by grants of `desired`, as signed')),
                ('standby_due', models.BooleanField(default=True)),
                ('standby_at', models.DateTimeField(blank=True, null=True)),
                ('firmware', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('published_ver', models.F('desired_ver')), _negated=True), fields=['id'], name='devices_to_publish'), models.Index(condition=models.Q(('standby_due', True)), fields=['id'], name='devices_standby_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('published_ver__lte', models.F('desired_ver'))), name='devices_published_ver')],
            },
        ),
        migrations.CreateModel(
            name='ControlledNode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='nodes', to='devices.controller')),
                ('node', models.PositiveSmallIntegerField()),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='nodes', to='instruments.instrument')),
                ('gates', models.CharField(default='workstation', max_length=12)),
                ('lease_ms', models.BigIntegerField(default=45000)),
                ('off_ms', models.BigIntegerField(default=900000)),
                ('hold_while_busy', models.BooleanField(default=False)),
                ('idle_ms', models.BigIntegerField(default=0)),
                ('state', models.CharField(default='unknown', max_length=12)),
                ('state_at', models.DateTimeField(blank=True, null=True)),
                ('odo', models.BigIntegerField(default=0)),
                ('busy', models.BigIntegerField(default=0)),
                ('gid', models.CharField(blank=True, max_length=26)),
                ('hb', models.BigIntegerField(default=0, help_text='number of the last heartbeat that changed something')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('controller', 'node'), name='devices_node_once')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='SwipeRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='swipes', to='devices.controller')),
                ('rid', models.CharField(max_length=26)),
                ('boot', models.CharField(max_length=16)),
                ('received_at', models.DateTimeField()),
                ('allowed', models.BooleanField()),
                ('codes', models.JSONField()),
                ('reply', models.TextField()),
                ('gid', models.CharField(blank=True, max_length=26)),
                ('decision', models.CharField(blank=True, max_length=26)),
            ],
            options={
                'indexes': [models.Index(fields=['-received_at'], name='devices_swi_receive_7a7253_idx')],
                'constraints': [models.UniqueConstraint(fields=('controller', 'rid'), name='devices_rid_once')],
            },
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('controller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='journal', to='devices.controller')),
                ('n', models.BigIntegerField()),
                ('boot', models.CharField(help_text='the boot that sent it', max_length=16)),
                ('bootn', models.BigIntegerField(default=0, help_text='the boot in which it happened, where known')),
                ('kind', models.CharField(max_length=16)),
                ('node', models.PositiveSmallIntegerField()),
                ('gid', models.CharField(blank=True, max_length=26)),
                ('odo', models.BigIntegerField()),
                ('busy', models.BigIntegerField()),
                ('mono', models.BigIntegerField()),
                ('wall_lo', models.BigIntegerField(null=True)),
                ('wall_hi', models.BigIntegerField(null=True)),
                ('why', models.CharField(blank=True, max_length=20)),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('controller', 'n'), name='devices_journal_once')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='DeviceCommand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('controller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commands', to='devices.controller')),
                ('kind', models.CharField(max_length=12)),
                ('body', models.JSONField(default=dict)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('next_at', models.DateTimeField(help_text='when it is sent (again)')),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('alarmed_at', models.DateTimeField(blank=True, null=True)),
                ('rid', models.CharField(blank=True, help_text='the one question that an ask led to', max_length=26)),
                ('acked_at', models.DateTimeField(blank=True, null=True)),
                ('ok', models.BooleanField(null=True)),
                ('code', models.CharField(blank=True, max_length=60)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('acked_at__isnull', True)), fields=['next_at'], name='devices_unacked')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='RefusedFrame',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('dev', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=40)),
                ('count', models.PositiveIntegerField(default=0)),
                ('last_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'dev', 'code'), name='devices_refused_once')],
                'indexes': [],
            },
        ),
    ]
