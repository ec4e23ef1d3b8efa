"""The characters of a place's name: a part of it is found without reading thirty thousand of them."""

from django.db import migrations

# The registers' table, but here: no other part looks for a part of a name.
CHARACTERS = """CREATE INDEX IF NOT EXISTS lookup_place_characters ON registry_place
    USING gin (string_to_array(name, NULL)) WHERE ended_on IS NULL"""


class Migration(migrations.Migration):

    dependencies = [("lookup", "0003_persons_of_a_county")]

    operations = [migrations.RunSQL(CHARACTERS, "DROP INDEX IF EXISTS lookup_place_characters")]
