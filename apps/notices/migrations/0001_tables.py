import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('notices', '0001_initial')]

    initial = True

    dependencies = [
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to=settings.AUTH_USER_MODEL)),
                ('kind', models.CharField(max_length=80)),
                ('args', models.JSONField(default=dict)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('case', models.CharField(blank=True, max_length=80)),
                ('dedupe', models.CharField(blank=True, max_length=120)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('silent', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-id'], name='notices_of_user'), models.Index(condition=models.Q(('read_at__isnull', True), ('silent', False)), fields=['user'], name='notices_unread'), models.Index(condition=models.Q(('case', ''), _negated=True), fields=['case'], name='notices_of_case'), models.Index(fields=['created_at'], name='notices_by_age')],
                'constraints': [models.UniqueConstraint(condition=models.Q(models.Q(('dedupe', ''), _negated=True), ('user__isnull', False)), fields=('user', 'dedupe'), name='notices_notice_once'), models.UniqueConstraint(condition=models.Q(models.Q(('dedupe', ''), _negated=True), ('user__isnull', True)), fields=('dedupe',), name='notices_announced_once')],
            },
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dispatches', to='notices.notice')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('messenger', 'Messenger')], max_length=10)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('sending', 'Sending'), ('sent', 'Sent'), ('skipped', 'Skipped'), ('failed', 'Failed')], default='pending', max_length=8)),
                ('digest', models.BooleanField(default=False)),
                ('due_at', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['pending', 'sending'])), fields=['channel', 'due_at', 'id'], name='notices_dispatch_due')],
                'constraints': [models.UniqueConstraint(fields=('notice', 'channel'), name='notices_dispatch_once')],
            },
        ),
        migrations.CreateModel(
            name='Profile',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='notice_profile', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('language', models.CharField(blank=True, max_length=10)),
                ('page_language', models.CharField(blank=True, max_length=10)),
                ('quiet_from', models.TimeField(blank=True, null=True)),
                ('quiet_until', models.TimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from__isnull', True), ('quiet_until__isnull', True)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False), models.Q(('quiet_from', models.F('quiet_until')), _negated=True)), _connector='OR'), name='notices_profile_quiet')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notice_preferences', to=settings.AUTH_USER_MODEL)),
                ('group', models.CharField(choices=[('tasks', 'Tasks for me'), ('cases', 'My cases'), ('training', 'Training and certificates'), ('account', 'My account'), ('system', 'Alarms of the system')], max_length=10)),
                ('way', models.CharField(choices=[('in_app', 'The bell in the product'), ('email', 'E-mail'), ('messenger', 'Messenger')], max_length=10)),
                ('mode', models.CharField(choices=[('off', 'Off'), ('now', 'At once'), ('daily', 'Once a day')], max_length=6)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'group', 'way'), name='notices_preference_once'), models.CheckConstraint(condition=models.Q(('mode', 'daily'), ('way', 'in_app'), _negated=True), name='notices_preference_bell_has_no_digest')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='MessengerAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='messenger_address', to=settings.AUTH_USER_MODEL)),
                ('sealed', models.TextField()),
                ('scheme', models.CharField(max_length=16)),
                ('masked', models.CharField(max_length=120)),
                ('set_at', models.DateTimeField()),
                ('tested_at', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('failed_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'abstract': False,
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='EmailSuppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=254, unique=True)),
                ('since', models.DateTimeField()),
                ('reason', models.CharField(max_length=300)),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
    ]
