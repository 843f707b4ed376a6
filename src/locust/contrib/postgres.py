"""PostgreSQL, by the library psycopg: `pip install 'locust[postgres]'`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from locust import events
from locust.contrib._extra import library_of
from locust.user.users import User

with library_of("postgres", "psycopg"):
    import psycopg

if TYPE_CHECKING:
    from locust.event import EventHook

__all__ = ["PostgresClient", "PostgresUser"]

_NAME = "execute_query"


class PostgresClient:
    """One connection to a PostgreSQL server; reports each query.

    As with psycopg, queries are in one transaction until one of them says `COMMIT`; after a failed one the others fail
    too until `ROLLBACK`. `connection.autocommit = True` makes each stand alone.

    Args:
        conn_string: a connection string of libpq or a URL, such as `postgresql://user:password@host:5432/database`.
        request_event: where queries are reported; the `request` event of `locust.events` when left out.

    Raises:
        psycopg.Error: there's no connection.
    """

    def __init__(self, conn_string: str, request_event: EventHook | None = None) -> None:
        self.connection = psycopg.connect(conn_string)
        self._request_event = events.request if request_event is None else request_event

    def execute_query(self, query: str) -> None:
        """Runs a query. An error of the database is reported, not raised.

        Args:
            query: its text, as it's sent.
        """
        started = time.perf_counter()
        failure: dict[str, Any] = {}
        try:
            # As bytes: psycopg's types allow text only where it's a constant.
            self.connection.execute(query.encode())
        except psycopg.Error as error:
            failure = {"exception": error}
        self._request_event.fire(
            request_type="postgres_failure" if failure else "postgres_success",
            name=_NAME,
            response_time=(time.perf_counter() - started) * 1000,
            response_length=0,
            **failure,
        )

    def close(self) -> None:
        """Closes the connection; what wasn't committed is undone."""
        self.connection.close()


class PostgresUser(User):
    """A user with a connection to PostgreSQL.

    Attributes:
        conn_string: which server and database; a class attribute to set.
        client: the connection.
    """

    abstract = True
    conn_string: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = PostgresClient(self.conn_string, self.environment.events.request)

    def on_stop(self) -> None:
        self.client.close()
