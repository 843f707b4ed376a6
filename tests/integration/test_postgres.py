"""PostgresUser at a real PostgreSQL server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import gevent
import psycopg
import pytest
from fakes.daemons import postgresql
from fakes.reports import Reports

from locust import events
from locust.contrib.postgres import PostgresClient, PostgresUser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgresql() as conn_string:
        yield conn_string


@pytest.fixture
def reports() -> Reports:
    return Reports()


def test_a_query_is_a_success(database: str, reports: Reports) -> None:
    user = reports.user(PostgresUser, conn_string=database)

    user.client.execute_query("SELECT generate_series(1, 1000), '%'")
    user.on_stop()

    assert reports.rows == [("postgres_success", "execute_query", None)]
    assert reports.all[0]["response_length"] == 0
    assert reports.all[0]["response_time"] > 0


def test_a_wrong_query_is_a_failure_and_so_are_those_after_it(database: str, reports: Reports) -> None:
    client = reports.user(PostgresUser, conn_string=database).client

    client.execute_query("SELEC 1")
    client.execute_query("SELECT 1")
    client.execute_query("ROLLBACK")
    client.execute_query("SELECT 1")
    client.close()
    client.execute_query("SELECT 1")

    assert [row[0].removeprefix("postgres_") for row in reports.rows] == [
        "failure",
        "failure",
        "success",
        "success",
        "failure",
    ]
    assert reports.errors == ["SyntaxError", "InFailedSqlTransaction", None, None, "OperationalError"]


def test_what_is_not_committed_is_undone(database: str, reports: Reports) -> None:
    first = reports.user(PostgresUser, conn_string=database)
    first.client.execute_query("CREATE TABLE seen (number int)")
    first.client.execute_query("COMMIT")
    first.client.execute_query("INSERT INTO seen VALUES (1)")
    first.on_stop()

    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


def test_users_wait_for_the_server_at_the_same_time(database: str, reports: Reports) -> None:
    users = [reports.user(PostgresUser, conn_string=database) for _ in range(4)]
    began = time.monotonic()

    gevent.joinall([gevent.spawn(user.client.execute_query, "SELECT pg_sleep(0.5)") for user in users])

    assert time.monotonic() - began < 1.5
    assert [row[0] for row in reports.rows] == ["postgres_success"] * 4


def test_no_server_is_raised(reports: Reports) -> None:
    with pytest.raises(psycopg.OperationalError):
        reports.user(PostgresUser, conn_string="postgresql://postgres@127.0.0.1:1/none")


def test_a_client_alone_reports_to_the_events_of_locust(database: str) -> None:
    names = []

    def note(name: str, **_: object) -> None:
        names.append(name)

    events.request.add_listener(note)
    try:
        client = PostgresClient(database)
        client.execute_query("SELECT 1")
        client.close()
    finally:
        events.request.remove_listener(note)

    assert names == ["execute_query"]
