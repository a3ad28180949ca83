import apps.core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('billing', '0001_initial')]

    initial = True

    dependencies = [
        ('fees', '0001_tables'),
        ('funding', '0001_tables'),
        ('ledger', '0001_tables'),
        ('usage', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Charge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='charge', to='usage.usagerecord')),
                ('fund', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='funding.fundaccount')),
                ('fee_version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='fees.feeversion')),
                ('tier', models.CharField(max_length=20)),
                ('lines', models.JSONField()),
                ('amount_fen', models.BigIntegerField()),
                ('transaction', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charge', to='ledger.transaction', to_field='ulid')),
                ('charged_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['fund', '-charged_at'], name='billing_cha_fund_id_d6fb18_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__gte', 0)), name='billing_charge_not_negative'), models.CheckConstraint(condition=models.Q(('amount_fen', 0), models.Q(('fee_version__isnull', False), ('transaction__isnull', False)), _connector='OR'), name='billing_charge_posted')],
            },
        ),
    ]
