"""A query as a source: one SELECT, read only, within its time."""

import pytest
from django.utils import timezone
from tests.exchange.database_sources.pulling import (
    entered,
    minutes_ago,
    outcome,
    pull,
    put,
)

from minzheng.exchange import sources
from minzheng.exchange.errors import SourceError
from minzheng.exchange.extract.database.query import check_query


def test_a_query_is_a_source_too(server):
    put(server, (1, "张三", minutes_ago(50)), (2, "李四%", minutes_ago(40)), (3, "王五", minutes_ago(30)))
    query = (
        "SELECT id, xm AS 姓名, sfzh AS 公民身份号码, qh AS 户籍区划, gxsj FROM rk WHERE xm NOT LIKE '%四%';"
    )
    source = entered(server, table=None, query=query, columns={})
    assert outcome(pull(source)) == (2, 2, 0, 0)
    assert outcome(pull(source)) == (1, 0, 0, 1)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM rk",
        "SELECT 1; DROP TABLE rk",
        "SELECT 1) AS src; DROP TABLE rk; SELECT (1",
        "SELECT 1 AS a) AS src WHERE (1=1",
        "SELECT * FROM rk FOR UPDATE",
        "SELECT * INTO OUTFILE '/tmp/x' FROM rk",
        "WITH x AS (DELETE FROM rk RETURNING *) SELECT * FROM x",
        "SELECT /*!50000 1 */",
        "SELECT 1 -- x",
        "SELECT 'a\\' ; DROP TABLE rk; --'",
        "SELECT 'a",
        "SELECT $$a$$",
        "",
    ],
)
def test_a_query_that_is_more_than_one_select_is_refused(query):
    with pytest.raises(SourceError):
        check_query(query)


def test_a_source_is_read_in_a_transaction_that_cannot_write(server):
    if server.kind == "postgresql":
        server.run("CREATE FUNCTION clear_rk() RETURNS integer LANGUAGE sql AS 'DELETE FROM rk RETURNING 1'")
    else:
        server.run(
            "DROP FUNCTION IF EXISTS clear_rk",
            "CREATE FUNCTION clear_rk() RETURNS integer BEGIN DELETE FROM rk; RETURN 1; END",
        )
    put(server, (1, "张三", minutes_ago(5)))
    source = entered(server, table=None, query="SELECT id, xm, qh, clear_rk() AS n, gxsj FROM rk", columns={
        "姓名": "xm", "户籍区划": "qh", "数": "n"}, try_it=False)  # fmt: skip
    with pytest.raises(SourceError, match="只能读取"):
        pull(source)


def test_a_statement_that_takes_too_long_is_given_up(server):
    put(server, (1, "张三", minutes_ago(5)))
    nap = "pg_sleep(5)" if server.kind == "postgresql" else "sleep(5)"
    url = f"{server.url}{'&' if '?' in server.url else '?'}statement_timeout=1"
    query = f"SELECT id, xm AS 姓名, qh AS 户籍区划, gxsj FROM rk WHERE {nap} IS NOT NULL"
    with pytest.raises(SourceError, match="超过时限"):
        pull(
            sources.add(
                "慢",
                feed="persons",
                url=url,
                query=query,
                key_columns=["id"],
                time_column="gxsj",
                by=None,
                at=timezone.now(),
            )
        )
