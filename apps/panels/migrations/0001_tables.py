import apps.core.ids
import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('panels', '0001_initial')]

    initial = True

    dependencies = [
        ('people', '0001_tables'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Committee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name_zh', models.CharField(max_length=80)),
                ('name_en', models.CharField(max_length=120)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='committees', to='people.orgunit')),
            ],
            options={
                'ordering': ['code'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='panels_committee_period')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='CommitteeSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('committee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='panels.committee')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='committee_seats', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('chair', 'Chair'), ('deputy', 'Deputy chair'), ('member', 'Member'), ('secretary', 'Secretary')], max_length=10)),
                ('source_case', models.CharField(blank=True, max_length=80)),
                ('appointed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('appointed_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['committee', 'role'], name='panels_comm_committ_b64d0d_idx'), models.Index(fields=['user'], name='panels_comm_user_id_b182f7_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='panels_committeeseat_period'), models.CheckConstraint(condition=models.Q(('role__in', ['chair', 'deputy', 'member', 'secretary'])), name='panels_committeeseat_role')],
            },
        ),
        migrations.CreateModel(
            name='Expertise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='expertise', to=settings.AUTH_USER_MODEL)),
                ('class6', models.CharField(max_length=6)),
                ('level', models.PositiveSmallIntegerField()),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['class6', 'level'], name='panels_expe_class6_27f434_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='panels_expertise_period'), models.CheckConstraint(condition=models.Q(('level__lte', 3)), name='panels_expertise_level'), models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True), ('valid_until__isnull', True)), fields=('user', 'class6'), name='panels_expertise_one_open')],
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('committee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='panels.committee')),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'Being prepared'), ('in_force', 'In force'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn'), ('overtaken', 'Overtaken')], default='open', max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source_case', models.CharField(blank=True, max_length=80)),
                ('document', models.CharField(blank=True, max_length=26)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('committee',), name='panels_appointment_one_open'), models.CheckConstraint(condition=models.Q(('valid_until__gt', models.F('valid_from'))), name='panels_appointment_period'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='panels_appointment_ended')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='AppointmentSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='panels.appointment')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('chair', 'Chair'), ('deputy', 'Deputy chair'), ('member', 'Member'), ('secretary', 'Secretary')], max_length=10)),
                ('position', models.PositiveSmallIntegerField()),
                ('answer', models.CharField(choices=[('asked', 'Asked'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('dropped', 'Struck out')], default='asked', max_length=10)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('answer', 'dropped'), _negated=True), fields=('appointment', 'user'), name='panels_appointment_each_once'), models.CheckConstraint(condition=models.Q(('role__in', ['chair', 'deputy', 'member', 'secretary'])), name='panels_appointmentseat_role')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Panel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('committee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='panels', to='panels.committee')),
                ('subject_ref', models.CharField(max_length=80)),
                ('rules', models.JSONField()),
                ('chair', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('formed_at', models.DateTimeField()),
                ('formed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source_case', models.CharField(blank=True, max_length=80)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, choices=[('decided', 'Decided'), ('withdrawn', 'Withdrawn'), ('overtaken', 'Overtaken'), ('no_members', 'Nobody was left to vote')], max_length=10)),
                ('end_reason', models.TextField(blank=True)),
            ],
            options={
                'indexes': [models.Index(fields=['subject_ref'], name='panels_pane_subject_bef495_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('subject_ref',), name='panels_panel_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_because', '')), models.Q(('ended_at__isnull', False), models.Q(('ended_because', ''), _negated=True)), _connector='OR'), name='panels_panel_ended')],
            },
        ),
        migrations.CreateModel(
            name='PanelSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='panels.panel')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='panel_seats', to=settings.AUTH_USER_MODEL)),
                ('position', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('reserve', 'Substitute'), ('invited', 'Invited'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('recused', 'Recused'), ('missed', 'Did not answer in time'), ('left', 'No longer there'), ('replaced', 'Replaced')], max_length=10)),
                ('familiarity', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('substitute_for', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='substitute', to='panels.panelseat')),
                ('invited_at', models.DateTimeField(blank=True, null=True)),
                ('answer_by', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
                ('decision', models.CharField(blank=True, max_length=26)),
            ],
            options={
                'ordering': ['position', 'id'],
                'indexes': [models.Index(fields=['user', 'state'], name='panels_pane_user_id_d6463f_idx')],
                'constraints': [models.UniqueConstraint(fields=('panel', 'user'), name='panels_panelseat_once'), models.UniqueConstraint(fields=('panel', 'position'), name='panels_panelseat_position'), models.CheckConstraint(condition=models.Q(('familiarity__isnull', True), ('familiarity__lte', 3), _connector='OR'), name='panels_panelseat_familiarity'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'accepted'), _negated=True), ('familiarity__isnull', False), _connector='OR'), name='panels_panelseat_accepted_with_familiarity'), models.CheckConstraint(condition=models.Q(('state__in', ('reserve', 'left', 'recused')), ('invited_at__isnull', False), _connector='OR'), name='panels_panelseat_invited')],
            },
        ),
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='panels.panel')),
                ('number', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('first', 'First round'), ('second', 'Second round')], max_length=6)),
                ('question', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('option_key', models.CharField(max_length=64)),
                ('option', models.JSONField(blank=True, null=True)),
                ('members', models.PositiveSmallIntegerField()),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_because', models.CharField(blank=True, choices=[('settled', 'The outcome could no longer change'), ('all_in', 'Everybody had voted'), ('deadline', 'The deadline had passed'), ('abandoned', 'The case ended')], max_length=9)),
                ('outcome', models.JSONField(blank=True, null=True)),
            ],
            options={
                'ordering': ['panel', 'number'],
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['due_at'], name='panels_round_due')],
                'constraints': [models.UniqueConstraint(fields=('panel', 'number'), name='panels_round_number'), models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('panel',), name='panels_round_one_open'), models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('opened_at'))), name='panels_round_period'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_because', ''), ('outcome__isnull', True)), models.Q(('closed_at__isnull', False), ('outcome__isnull', False), models.Q(('closed_because', ''), _negated=True)), _connector='OR'), name='panels_round_closed')],
            },
        ),
        migrations.CreateModel(
            name='Ballot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='panels.round')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='panels.panelseat')),
                ('choice', models.CharField(choices=[('approve', 'approve'), ('modify', 'modify'), ('reject', 'reject'), ('abstain', 'abstain')], max_length=8)),
                ('option_key', models.CharField(blank=True, max_length=64)),
                ('option', models.JSONField(blank=True, null=True)),
                ('reason', models.TextField()),
                ('cast_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('round', 'seat'), name='panels_ballot_once'), models.CheckConstraint(condition=models.Q(models.Q(('choice__in', ('approve', 'modify')), ('option_key__gt', '')), models.Q(('choice__in', ('reject', 'abstain')), ('option__isnull', True), ('option_key', '')), _connector='OR'), name='panels_ballot_option'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='panels_ballot_reason')],
                'indexes': [],
            },
            managers=[
                ('sealed', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Ruling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('round', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ruling', to='panels.round')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('result', models.CharField(choices=[('approved', 'approved'), ('modified', 'modified'), ('rejected', 'rejected')], max_length=8)),
                ('option_key', models.CharField(max_length=64)),
                ('option', models.JSONField(blank=True, null=True)),
                ('reason', models.TextField()),
                ('ruled_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('result__in', ('approved', 'modified', 'rejected'))), name='panels_ruling_result'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='panels_ruling_reason')],
                'indexes': [],
            },
        ),
    ]
