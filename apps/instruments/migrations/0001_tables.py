import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('instruments', '0001_initial'), ('instruments', '0002_rights')]

    initial = True

    dependencies = [
        ('people', '0001_tables'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Facility',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('code', models.CharField(max_length=40, unique=True)),
                ('name_zh', models.CharField(max_length=80)),
                ('name_en', models.CharField(max_length=120)),
                ('level', models.CharField(choices=[('school', 'School facility'), ('department', 'Departmental facility'), ('independent', 'Stand-alone crew')], max_length=12)),
                ('lab', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='facilities', to='people.orgunit')),
            ],
            options={
                'permissions': (('manage', 'Manage'), ('use', 'Use'), ('report', 'See reports')),
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Instrument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('asset_no', models.CharField(max_length=20, unique=True)),
                ('name_zh', models.CharField(max_length=80)),
                ('name_en', models.CharField(max_length=120)),
                ('class6', models.CharField(max_length=6)),
                ('class_name', models.CharField(max_length=60)),
                ('grade', models.CharField(max_length=10)),
                ('model', models.CharField(max_length=80)),
                ('maker', models.CharField(max_length=80)),
                ('origin', models.CharField(max_length=40)),
                ('price_fen', models.BigIntegerField()),
                ('commissioned', models.DateField()),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instruments', to='instruments.facility')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instruments', to='people.orgunit')),
                ('management_mode', models.CharField(choices=[('pooled', 'Pooled'), ('dedicated', 'Dedicated')], max_length=10)),
                ('hosting', models.CharField(max_length=12)),
                ('service_modes', models.CharField(help_text='S self-operated, A assisted, T commissioned sample test', max_length=10)),
                ('required_level', models.CharField(choices=[('none', 'none'), ('assisted', 'assisted'), ('basic', 'basic'), ('advanced', 'advanced'), ('trainer', 'trainer')], max_length=10)),
                ('night_self_use', models.BooleanField()),
                ('night_people', models.PositiveSmallIntegerField(default=2)),
                ('access_node', models.CharField(choices=[('interlock', 'Interlock'), ('agent', 'Workstation agent'), ('qr', 'QR check-in'), ('sensor', 'Sensor only'), ('scheduler', 'Its own scheduler'), ('none', 'None')], max_length=10)),
                ('customs_supervised', models.BooleanField()),
                ('customs_until', models.DateField(blank=True, null=True)),
                ('external_use_registered', models.BooleanField(default=False)),
                ('quota_hours', models.PositiveIntegerField()),
                ('opening_level', models.PositiveSmallIntegerField(default=0, help_text='1 listed, 2 samples, 3 booking, 4 workstation agent, 5 interlock; 0 not open')),
                ('walk_in_allowed', models.BooleanField(default=False)),
                ('use_charged', models.BooleanField(default=True)),
                ('max_session_minutes', models.PositiveIntegerField(default=720)),
                ('revocation_class', models.CharField(choices=[('cut', 'Cut at once'), ('finish_safely', 'Finish safely, refuse the next'), ('never_cut', 'Never cut, refuse the next')], default='cut', max_length=16)),
                ('valid_from', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['asset_no'],
                'permissions': (('manage', 'Manage'), ('use', 'Use'), ('report', 'See reports')),
                'indexes': [models.Index(fields=['class6'], name='instruments_class6_883a85_idx'), models.Index(fields=['facility', 'asset_no'], name='instruments_facilit_d12c46_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('price_fen__gte', 0)), name='instruments_price_not_negative'), models.CheckConstraint(condition=models.Q(('opening_level__lte', 5)), name='instruments_opening_level'), models.CheckConstraint(condition=models.Q(('max_session_minutes__gt', 0)), name='instruments_max_session')],
            },
        ),
        migrations.CreateModel(
            name='CrewMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='crew', to='instruments.instrument')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='crews', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('manager', 'Manager'), ('operator', 'Operator'), ('trainer', 'Trainer'), ('service', 'Service engineer')], max_length=10)),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='instruments_crewmember_period'), models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True), ('valid_until__isnull', True)), fields=('instrument', 'user', 'role'), name='instruments_crew_one_open')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='InstrumentLock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='locks', to='instruments.instrument')),
                ('locked_at', models.DateTimeField()),
                ('locked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.TextField()),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('released_at__isnull', True)), fields=('instrument',), name='instruments_one_open_lock')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Outage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outages', to='instruments.instrument')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('reason_zh', models.CharField(max_length=200)),
                ('reason_en', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='instruments_outage_period')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='instruments.instrument')),
                ('effect', models.CharField(choices=[('refuse_new', 'New uses refused'), ('locked', 'Locked')], max_length=12)),
                ('description', models.TextField()),
                ('reported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reported_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['instrument'], name='instruments_open_incident')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='WorkOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='work_orders', to='instruments.instrument')),
                ('engineer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('summary', models.CharField(max_length=200)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['instrument'], name='instruments_open_work_order')],
                'constraints': [],
            },
        ),
    ]
