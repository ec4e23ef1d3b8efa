"""The index on name and division serves a county too: the one in the order of a county's names is no longer asked."""

from django.db import migrations

ORDERED = """CREATE INDEX IF NOT EXISTS lookup_county_order ON registry_person
    (left(hukou_division_code, 6), name_pinyin COLLATE "C")"""


class Migration(migrations.Migration):

    dependencies = [("lookup", "0004_characters_of_places"), ("registry", "0007_name_with_division")]

    operations = [migrations.RunSQL("DROP INDEX IF EXISTS lookup_county_order", ORDERED)]
