"""MongoDBUser at FerretDB, a server of MongoDB's protocol: MongoDB itself is in no registry that CI may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.daemons import ferretdb
from fakes.reports import Reports

from locust.contrib.mongodb import MongoDBUser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ferretdb() as conn_string:
        yield conn_string


def test_a_query_is_reported(server: str) -> None:
    reports = Reports()
    user = reports.user(MongoDBUser, conn_string=server, db_name="shop")
    user.client.db["goods"].insert_many([{"number": number} for number in range(300)])

    user.client.execute_query("goods", {"number": {"$gt": 10}})
    user.client.execute_query("goods", {"$wrong": 1})
    user.on_stop()
    user.client.execute_query("goods", {})

    assert [(kind, name) for kind, name, _ in reports.rows] == [("MONGODB", "QUERY")] * 3
    assert reports.errors == [None, "OperationFailure", "InvalidOperation"]


def test_no_server_is_a_failure_of_the_query() -> None:
    reports = Reports()
    address = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"
    user = reports.user(MongoDBUser, conn_string=address, db_name="shop")

    user.client.execute_query("goods", {})
    user.on_stop()

    assert reports.errors == ["ServerSelectionTimeoutError"]


def test_a_query_that_is_none_is_raised(server: str) -> None:
    reports = Reports()
    user = reports.user(MongoDBUser, conn_string=server, db_name="shop")

    with pytest.raises(TypeError, match="filter must be"):
        user.client.execute_query("goods", "number")
    user.on_stop()

    assert reports.rows == []
