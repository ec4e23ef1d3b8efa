"""The servers sources stand on: one start of MySQL serves them all."""

import pytest
from tests.exchange.database_sources.pulling import make_table
from tests.exchange.database_sources.servers import mysql_server, postgres_beside


@pytest.fixture(scope="session")
def mysql():
    with mysql_server() as server:
        yield server


@pytest.fixture(params=["postgresql", "mysql"])
def server(request, node):
    """A database of another system with an empty table ``rk``, times to the microsecond."""
    if request.param == "mysql":
        found = request.getfixturevalue("mysql")
        if found is None:
            pytest.skip("no MariaDB server (没有 MySQL 服务器)")
        make_table(found)
        yield found
        return
    with postgres_beside() as found:
        make_table(found)
        yield found


@pytest.fixture
def maria(mysql, node):
    if mysql is None:
        pytest.skip("no MariaDB server (没有 MySQL 服务器)")
    return mysql
