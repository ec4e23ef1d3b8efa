"""The names a register already has; and the index Django adds for LIKE, which nothing here asks."""

import pyarrow as pa
from django.db import migrations

from minzheng.foundation.database.arrow import bulk
from minzheng.stewardship.lookup.names import ORGANISATIONS, PERSONS, enter

DROP_LIKE = """DO $$ DECLARE found text; BEGIN
    FOR found IN SELECT indexname FROM pg_indexes WHERE schemaname = current_schema
        AND tablename IN ('lookup_personname', 'lookup_organisationname') AND indexname LIKE '%\\_like'
    LOOP EXECUTE format('DROP INDEX %I', found); END LOOP; END $$"""

# Who belonged to a household once: few of many claims. Here, for no other part asks it.
FORMER = """CREATE INDEX IF NOT EXISTS lookup_former_members ON registry_personclaim (household_id)
    WHERE recorded_to IS NOT NULL AND household_id IS NOT NULL"""


def learn(_apps, editor):
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM registry_personclaim LIMIT 1")
        if not cursor.fetchall():
            return  # a new node has no names yet, and later editions of this code need not fit these tables
    with bulk() as work:
        for table, source in ((PERSONS, "registry_personclaim"), (ORGANISATIONS, "registry_organisationclaim")):
            names = work.table(f"SELECT DISTINCT name FROM {source} WHERE name IS NOT NULL")["name"]
            enter(work, table, names.combine_chunks().cast(pa.string()))
        work.commit()


class Migration(migrations.Migration):
    atomic = False  # names are entered on a connection of their own, which must see the tables

    dependencies = [("lookup", "0001_initial"), ("registry", "0001_initial")]

    operations = [
        migrations.RunSQL(DROP_LIKE, migrations.RunSQL.noop),
        migrations.RunSQL(FORMER, "DROP INDEX IF EXISTS lookup_former_members"),
        migrations.RunPython(learn, migrations.RunPython.noop),
    ]
