import apps.core.ids
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('usage', '0001_initial')]

    initial = True

    dependencies = [
        ('bookings', '0001_tables'),
        ('decisions', '0001_tables'),
        ('fees', '0001_tables'),
        ('funding', '0001_tables'),
        ('instruments', '0001_tables'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='UsageSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('gid', models.CharField(blank=True, max_length=26)),
                ('dev', models.CharField(max_length=26)),
                ('node', models.PositiveSmallIntegerField()),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='instruments.instrument')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to=settings.AUTH_USER_MODEL)),
                ('second_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('booking', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='bookings.booking')),
                ('fund', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.fundaccount')),
                ('fee_version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fees.feeversion')),
                ('decision', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='decisions.decisionrecord')),
                ('kind', models.CharField(choices=[('session', 'Session'), ('standby', 'Stand-by'), ('override', 'Manual override'), ('unknown', 'Unaccounted use')], default='session', max_length=8)),
                ('state', models.CharField(choices=[('standby', 'Stand-by'), ('granted', 'Granted'), ('open', 'Running'), ('ended', 'Ended, measurement outstanding'), ('closed', 'Closed'), ('unused', 'Unused')], max_length=8)),
                ('purpose', models.CharField(max_length=16)),
                ('tier', models.CharField(default='internal', max_length=20)),
                ('card_digest', models.CharField(blank=True, max_length=22)),
                ('not_before', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('off_ms', models.BigIntegerField(default=0)),
                ('lease_ms', models.BigIntegerField()),
                ('granted_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('odo0', models.BigIntegerField(blank=True, null=True)),
                ('odo1', models.BigIntegerField(blank=True, null=True)),
                ('busy0', models.BigIntegerField(blank=True, null=True)),
                ('busy1', models.BigIntegerField(blank=True, null=True)),
                ('close_reason', models.CharField(blank=True, max_length=20)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('revoke_codes', models.JSONField(blank=True, default=list)),
                ('drain_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['dev', 'node', 'odo0'], name='usage_usage_dev_ae7c6d_idx'), models.Index(fields=['gid'], name='usage_usage_gid_aa897d_idx'), models.Index(fields=['instrument', '-granted_at'], name='usage_usage_instrum_ef970d_idx'), models.Index(fields=['user', '-granted_at'], name='usage_usage_user_id_fe4cf4_idx'), models.Index(condition=models.Q(('state__in', ('standby', 'granted', 'open', 'ended'))), fields=['state', 'expires_at'], name='usage_not_settled')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('granted', 'open'))), fields=('dev', 'node'), name='usage_one_live_session'), models.UniqueConstraint(condition=models.Q(('odo1__gt', models.F('odo0'))), fields=('dev', 'node', 'odo0'), name='usage_slice_once'), models.CheckConstraint(condition=models.Q(('odo1__isnull', True), ('odo1__gte', models.F('odo0')), _connector='OR'), name='usage_odometer_rises'), models.CheckConstraint(condition=models.Q(('busy1__isnull', True), ('busy1__gte', models.F('busy0')), _connector='OR'), name='usage_busy_rises'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('not_before'))), name='usage_grant_period'), models.CheckConstraint(condition=models.Q(('decision__isnull', False), ('kind__in', ('override', 'unknown')), _connector='OR'), name='usage_no_grant_without_decision'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('closed_at__isnull', False), ('odo1__isnull', False)), _connector='OR'), name='usage_closed_is_measured')],
            },
        ),
        migrations.CreateModel(
            name='UsageRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('session', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='record', to='usage.usagesession')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='usage_records', to='instruments.instrument')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='usage_records', to=settings.AUTH_USER_MODEL)),
                ('purpose', models.CharField(max_length=16)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
                ('powered_ms', models.BigIntegerField()),
                ('effective_ms', models.BigIntegerField()),
                ('idle_ms', models.BigIntegerField()),
                ('samples', models.PositiveIntegerField(default=0)),
                ('held', models.CharField(blank=True, max_length=40)),
                ('verdict', models.CharField(blank=True, choices=[('released', 'Released as measured'), ('dismissed', 'Dismissed')], max_length=9)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-started_at'], name='usage_usage_user_id_7935da_idx'), models.Index(fields=['instrument', '-started_at'], name='usage_usage_instrum_92cfd1_idx'), models.Index(condition=models.Q(('held', ''), _negated=True), fields=['held'], name='usage_record_held')],
                'constraints': [models.CheckConstraint(condition=models.Q(('effective_ms__gte', 0), ('idle_ms__gte', 0), ('powered_ms__gte', 0)), name='usage_record_not_negative'), models.CheckConstraint(condition=models.Q(('powered_ms', django.db.models.expressions.CombinedExpression(models.F('effective_ms'), '+', models.F('idle_ms')))), name='usage_record_split'), models.CheckConstraint(condition=models.Q(('held', ''), ('verdict', ''), _connector='OR'), name='usage_record_held_or_judged'), models.CheckConstraint(condition=models.Q(('ended_at__gte', models.F('started_at'))), name='usage_record_ends_after_start')],
            },
        ),
    ]
