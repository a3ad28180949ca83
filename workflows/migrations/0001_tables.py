import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('workflows', '0001_initial'), ('workflows', '0002_step_risen')]

    initial = True

    dependencies = [
        ('people', '0001_tables'),
        ('people', '__first__'),
        ('viewflow', '0015_task_scheduled'),
    ]

    operations = [
        migrations.CreateModel(
            name='FlowVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('flow', models.CharField(max_length=40)),
                ('number', models.PositiveSmallIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('description', models.JSONField()),
                ('first_used_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('flow', 'number'), name='workflows_version_number'), models.UniqueConstraint(fields=('flow', 'digest'), name='workflows_version_digest')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('process', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='case', to='viewflow.process')),
                ('number', models.CharField(max_length=32, unique=True)),
                ('flow', models.CharField(max_length=40)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='workflows.flowversion')),
                ('title', models.CharField(max_length=200)),
                ('title_args', models.JSONField(default=dict)),
                ('subject_ref', models.CharField(max_length=80)),
                ('applicant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.orgunit')),
                ('state', models.CharField(choices=[('open', 'in progress'), ('done', 'decided'), ('withdrawn', 'withdrawn'), ('cancelled', 'cancelled'), ('overtaken', 'overtaken')], default='open', max_length=10)),
                ('outcome', models.CharField(blank=True, max_length=40)),
                ('reason', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('urged_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['applicant', '-id'], name='workflows_c_applica_3422bc_idx'), models.Index(fields=['subject_ref', '-id'], name='workflows_c_subject_e44699_idx'), models.Index(fields=['flow', 'state', '-id'], name='workflows_c_flow_de976a_idx'), models.Index(fields=['unit', '-id'], name='workflows_c_unit_id_496be0_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('flow', 'subject_ref'), name='workflows_case_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='workflows_case_ends')],
            },
        ),
        migrations.CreateModel(
            name='Dossier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dossiers', to='workflows.case')),
                ('number', models.PositiveSmallIntegerField()),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('frozen_at', models.DateTimeField()),
                ('frozen_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('case', 'number'), name='workflows_dossier_number')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('task', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='step', to='viewflow.task')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='workflows.case')),
                ('flow', models.CharField(max_length=40)),
                ('node', models.CharField(max_length=60)),
                ('dossier', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.dossier')),
                ('asked_at', models.DateTimeField()),
                ('remind_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('reminded_at', models.DateTimeField(blank=True, null=True)),
                ('escalated_at', models.DateTimeField(blank=True, null=True)),
                ('urged_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, max_length=20)),
                ('opinion', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['case', 'id'], name='workflows_s_case_id_acb279_idx'), models.Index(condition=models.Q(('answered_at__isnull', True), ('escalated_at__isnull', True)), fields=['due_at'], name='workflows_step_due'), models.Index(condition=models.Q(('answered_at__isnull', True), ('reminded_at__isnull', True)), fields=['remind_at'], name='workflows_step_remind'), models.Index(condition=models.Q(('answered_at__isnull', True), ('escalated_at__isnull', False)), fields=['task'], name='workflows_step_risen')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidates', to='workflows.step')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidacies', to=settings.AUTH_USER_MODEL)),
                ('via', models.CharField(max_length=40)),
                ('instead_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-step'], name='workflows_c_user_id_a1f83c_idx')],
                'constraints': [models.UniqueConstraint(fields=('step', 'user'), name='workflows_candidate_once')],
            },
        ),
        migrations.CreateModel(
            name='TaskEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='workflows.case')),
                ('step', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='workflows.step')),
                ('node', models.CharField(blank=True, max_length=60)),
                ('kind', models.CharField(max_length=20)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opinion', models.TextField(blank=True)),
                ('details', models.JSONField(default=dict)),
                ('decision', models.CharField(blank=True, max_length=26)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['case', 'id'], name='workflows_t_case_id_03999d_idx')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='workflows.case')),
                ('event', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='workflows.taskevent')),
                ('name', models.CharField(max_length=200)),
                ('content_type', models.CharField(max_length=100)),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Copy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='workflows.case')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copied_cases', to=settings.AUTH_USER_MODEL)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-id'], name='workflows_c_user_id_4ee3af_idx')],
                'constraints': [models.UniqueConstraint(fields=('case', 'user'), name='workflows_copy_once')],
            },
        ),
    ]
