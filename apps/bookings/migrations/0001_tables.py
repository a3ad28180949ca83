import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('bookings', '0001_initial')]

    initial = True

    dependencies = [
        ('fees', '0001_tables'),
        ('funding', '0001_tables'),
        ('instruments', '0001_tables'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Booking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ulid', models.CharField(default=apps.core.ids.new_ulid, editable=False, max_length=26, unique=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='instruments.instrument')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to=settings.AUTH_USER_MODEL)),
                ('fund', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='funding.fundaccount')),
                ('hold', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='booking', to='funding.fundhold')),
                ('fee_version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fees.feeversion')),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('state', models.CharField(choices=[('requested', 'Requested'), ('confirmed', 'Confirmed'), ('cancelled', 'Cancelled')], max_length=10)),
                ('estimated_fen', models.BigIntegerField(default=0)),
                ('requested_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancel_reason', models.CharField(blank=True, max_length=200)),
                ('source_case', models.CharField(blank=True, max_length=80)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ('requested', 'confirmed'))), fields=['instrument', 'end'], name='bookings_live'), models.Index(fields=['user', '-start'], name='bookings_bo_user_id_177e1c_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='bookings_period'), models.CheckConstraint(condition=models.Q(('estimated_fen__gte', 0)), name='bookings_estimate'), models.CheckConstraint(condition=models.Q(('state', 'cancelled'), ('cancelled_at__isnull', True), _connector='OR'), name='bookings_cancelled_at')],
            },
        ),
    ]
