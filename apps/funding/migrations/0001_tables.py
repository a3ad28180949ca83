import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('funding', '0001_initial')]

    initial = True

    dependencies = [
        ('ledger', '0001_tables'),
        ('people', '0001_tables'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='FundAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('number', models.CharField(max_length=40, unique=True)),
                ('name_zh', models.CharField(max_length=80)),
                ('name_en', models.CharField(max_length=120)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='funds', to='people.researchgroup')),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='fund', to='ledger.account')),
                ('frozen_at', models.DateTimeField(blank=True, null=True)),
                ('held_fen', models.BigIntegerField(default=0, help_text='Sum of open holds, kept under the row lock and proven by tests')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['group', 'number'], name='funding_fun_group_i_fc583d_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='funding_fundaccount_period'), models.CheckConstraint(condition=models.Q(('held_fen__gte', 0)), name='funding_held_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='SpendingLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('fund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='limits', to='funding.fundaccount')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spending_limits', to=settings.AUTH_USER_MODEL)),
                ('monthly_fen', models.BigIntegerField()),
                ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='funding_spendinglimit_period'), models.CheckConstraint(condition=models.Q(('monthly_fen__gte', 0)), name='funding_limit_not_negative'), models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True), ('valid_until__isnull', True)), fields=('fund', 'user'), name='funding_limit_one_open')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='FundHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('fund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='funding.fundaccount')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('purpose', models.CharField(max_length=80, unique=True)),
                ('amount_fen', models.BigIntegerField()),
                ('held_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('released_at__isnull', True)), fields=['fund', 'user'], name='funding_open_holds')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__gte', 0)), name='funding_hold_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Spending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spendings', to='funding.fundaccount')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('transaction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='spending', to='ledger.transaction', to_field='ulid')),
                ('amount_fen', models.BigIntegerField()),
                ('spent_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['fund', 'user', 'spent_at'], name='funding_spe_fund_id_736972_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='funding_spending_positive')],
            },
        ),
    ]
