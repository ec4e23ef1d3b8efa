"""Figures of batches that were in the register before batches counted as a whole count again (已入库批次)."""

from django.db import migrations

IN = """UPDATE quality_measuredbatch m SET is_in = true FROM exchange_batch b
    WHERE b.id = m.id AND b.stage = 'finished' AND b.followed_at IS NOT NULL AND NOT m.is_in"""


class Migration(migrations.Migration):
    dependencies = [("quality", "0002_a_batch_counts_as_a_whole"), ("exchange", "0003_batch_followed_at")]

    operations = [migrations.RunSQL(IN, migrations.RunSQL.noop)]
