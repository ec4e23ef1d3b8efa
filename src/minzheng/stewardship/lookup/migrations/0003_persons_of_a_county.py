"""The persons of a county in the order of their pinyin: what a county's clerk pages through, however large the register is."""

from django.db import migrations

# The registers' table, but here: no other part asks in this order.
ORDERED = """CREATE INDEX IF NOT EXISTS lookup_county_order ON registry_person
    (left(hukou_division_code, 6), name_pinyin COLLATE "C")"""


class Migration(migrations.Migration):

    dependencies = [("lookup", "0002_names_known")]

    operations = [
        migrations.RunSQL(ORDERED, "DROP INDEX IF EXISTS lookup_county_order"),
        migrations.RunSQL("ANALYZE registry_person", migrations.RunSQL.noop),
    ]
