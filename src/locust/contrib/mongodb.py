"""MongoDB, by the library PyMongo: `pip install 'locust[mongodb]'`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from locust import events
from locust.contrib._extra import library_of
from locust.user.users import User

with library_of("mongodb", "pymongo", "bson"):
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

if TYPE_CHECKING:
    from locust.event import EventHook

__all__ = ["MongoDBClient", "MongoDBUser"]


class MongoDBClient(MongoClient[dict[str, Any]]):
    """A MongoClient that reports what is asked for by `execute_query`.

    Args:
        conn_string: address of the server, such as `mongodb://host:27017/`.
        db_name: the database that is asked; attribute `db`.
        request_event: where queries are reported; the `request` event of `locust.events` when left out.
    """

    def __init__(self, conn_string: str, db_name: str, request_event: EventHook | None = None) -> None:
        super().__init__(conn_string)
        self.db = self[db_name]
        self._request_event = events.request if request_event is None else request_event

    def execute_query(self, collection_name: str, query: Mapping[str, Any] | None) -> None:
        """Finds documents and receives them all. An error of the database is reported, not raised.

        Args:
            collection_name: where.
            query: a filter, as `find` takes it.
        """
        started = time.perf_counter()
        failure: dict[str, Any] = {}
        try:
            # `find` alone sends nothing.
            list(self.db[collection_name].find(query))
        except PyMongoError as error:
            failure = {"exception": error}
        self._request_event.fire(
            request_type="MONGODB",
            name="QUERY",
            response_time=(time.perf_counter() - started) * 1000,
            response_length=0,
            **failure,
        )


class MongoDBUser(User):
    """A user with a client of MongoDB.

    Attributes:
        conn_string: address of the server; a class attribute to set.
        db_name: the database; a class attribute to set.
        client: the MongoDBClient.
    """

    abstract = True
    conn_string: str
    db_name: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = MongoDBClient(self.conn_string, self.db_name, self.environment.events.request)

    def on_stop(self) -> None:
        self.client.close()
