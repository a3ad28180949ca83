import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('documents', '0001_initial'), ('documents', '0002_signer')]

    initial = True

    dependencies = [
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sequence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'year'), name='documents_sequence_once')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('kind', models.CharField(max_length=20)),
                ('year', models.PositiveSmallIntegerField()),
                ('serial', models.PositiveIntegerField()),
                ('number', models.CharField(max_length=40, unique=True)),
                ('check_code', models.CharField(max_length=16, unique=True)),
                ('subject_ref', models.CharField(max_length=80)),
                ('edition', models.PositiveSmallIntegerField(default=1)),
                ('supersedes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='documents.document')),
                ('title_zh', models.CharField(max_length=200)),
                ('title_en', models.CharField(max_length=300)),
                ('content', models.TextField()),
                ('content_digest', models.CharField(max_length=64)),
                ('language', models.CharField(max_length=10)),
                ('holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to=settings.AUTH_USER_MODEL)),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issued_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['holder', '-issued_at'], name='documents_d_holder__ae4534_idx')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'year', 'serial'), name='documents_number_once'), models.UniqueConstraint(fields=('kind', 'subject_ref', 'edition'), name='documents_subject_once'), models.CheckConstraint(condition=models.Q(models.Q(('edition', 1), ('supersedes__isnull', True)), models.Q(('edition__gt', 1), ('supersedes__isnull', False)), _connector='OR'), name='documents_edition')],
            },
        ),
        migrations.CreateModel(
            name='Rendition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='renditions', to='documents.document')),
                ('language', models.CharField(max_length=10)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('signer', models.CharField(blank=True, default='', max_length=200)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('document', 'language'), name='documents_rendition_once')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Voiding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='voiding', to='documents.document')),
                ('reason', models.TextField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'indexes': [],
                'constraints': [],
            },
        ),
    ]
