"""Milvus, by the library pymilvus: `pip install 'locust[milvus]'`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from locust.contrib._extra import library_of
from locust.contrib._grpc import let_grpc_wait_for_gevent
from locust.contrib._outcome import Outcome, timed
from locust.user.users import User

with library_of("milvus", "pymilvus"):
    from pymilvus import CollectionSchema, MilvusClient
    from pymilvus.milvus_client import IndexParams

if TYPE_CHECKING:
    from locust.env import Environment

__all__ = ["BaseClient", "MilvusUser", "MilvusV2Client"]

# What operations that look for something give of each row, unless they are told.
_DEFAULT_FIELDS = ["id"]


class BaseClient(ABC):
    """What a MilvusUser asks of its client. Each operation gives a dict as those of MilvusV2Client do."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def create_collection(self, schema: CollectionSchema, index_params: IndexParams, **kwargs: Any) -> None: ...

    @abstractmethod
    def insert(self, data: Any) -> Outcome: ...

    @abstractmethod
    def upsert(self, data: Any) -> Outcome: ...

    @abstractmethod
    def search(
        self,
        data: Any,
        anns_field: str,
        limit: int,
        filter: str = "",
        search_params: dict[str, Any] | None = None,
        output_fields: list[str] | None = None,
        calculate_recall: bool = False,
        ground_truth: list[Any] | None = None,
    ) -> Outcome: ...

    @abstractmethod
    def hybrid_search(self, reqs: Any, ranker: Any, limit: int, output_fields: list[str] | None = None) -> Outcome: ...

    @abstractmethod
    def query(self, filter: str, output_fields: list[str] | None = None) -> Outcome: ...

    @abstractmethod
    def delete(self, filter: str) -> Outcome: ...


class MilvusV2Client(BaseClient):
    """One collection of a Milvus server, by pymilvus' MilvusClient.

    Operations raise nothing. They give a dict with `success`, `response_time` in milliseconds, and `result` or
    `exception`; those that look for something add `empty`, and a search with recall `recall`, from 0 to 1.

    Args:
        uri: address of the server, or a file for Milvus Lite.
        collection_name: the collection.
        token: to sign in with.
        db_name: the database.
        timeout: of each operation, in seconds.

    Raises:
        pymilvus.MilvusException: there's no connection.
    """

    def __init__(
        self,
        uri: str,
        collection_name: str,
        token: str = "root:Milvus",
        db_name: str = "default",
        timeout: int = 60,
    ) -> None:
        let_grpc_wait_for_gevent()
        self.uri = uri
        self.collection_name = collection_name
        self.token = token
        self.db_name = db_name
        self.timeout = timeout
        self.client = MilvusClient(uri=uri, token=token, db_name=db_name, timeout=timeout)

    def close(self) -> None:
        self.client.close()

    def create_collection(self, schema: CollectionSchema, index_params: IndexParams, **kwargs: Any) -> None:
        """Creates the collection with its indexes.

        Raises:
            pymilvus.MilvusException: the server refuses; say, there is one of that name.
        """
        self.client.create_collection(
            collection_name=self.collection_name, schema=schema, index_params=index_params, **kwargs
        )

    def insert(self, data: Any) -> Outcome:
        return timed(lambda: self.client.insert(collection_name=self.collection_name, data=data))

    def upsert(self, data: Any) -> Outcome:
        return timed(lambda: self.client.upsert(collection_name=self.collection_name, data=data))

    def search(
        self,
        data: Any,
        anns_field: str,
        limit: int,
        filter: str = "",
        search_params: dict[str, Any] | None = None,
        output_fields: list[str] | None = None,
        calculate_recall: bool = False,
        ground_truth: list[Any] | None = None,
    ) -> Outcome:
        outcome = _found(
            lambda: self.client.search(
                collection_name=self.collection_name,
                data=data,
                anns_field=anns_field,
                filter=filter,
                limit=limit,
                search_params=search_params,
                output_fields=output_fields or _DEFAULT_FIELDS,
            )
        )
        if outcome["success"] and calculate_recall and ground_truth is not None:
            outcome["recall"] = self.get_recall(outcome["result"], ground_truth, limit)
        return outcome

    def hybrid_search(self, reqs: Any, ranker: Any, limit: int, output_fields: list[str] | None = None) -> Outcome:
        return _found(
            lambda: self.client.hybrid_search(
                collection_name=self.collection_name,
                reqs=reqs,
                ranker=ranker,
                limit=limit,
                output_fields=output_fields or _DEFAULT_FIELDS,
                timeout=self.timeout,
            )
        )

    @staticmethod
    def get_recall(search_results: Any, ground_truth: list[Any], limit: int | None = None) -> float:
        """Gives which part of the true neighbours the first query found.

        Args:
            search_results: of a search.
            ground_truth: ids of the true nearest neighbours, nearest first.
            limit: how many true ones count; as many as were found when left out.

        Returns:
            From 0 to 1; 0 too when there are fewer true ones than `limit`, or the results can't be read.
        """
        try:
            found = {hit["id"] for hit in search_results[0]}
            compared = len(found) if limit is None else limit
            if not 0 < compared <= len(ground_truth):
                return 0.0
            return len(found & {*ground_truth[:compared]}) / compared
        except (TypeError, LookupError):
            return 0.0

    def query(self, filter: str, output_fields: list[str] | None = None) -> Outcome:
        return _found(
            lambda: self.client.query(
                collection_name=self.collection_name, filter=filter, output_fields=output_fields or _DEFAULT_FIELDS
            )
        )

    def delete(self, filter: str) -> Outcome:
        return timed(lambda: self.client.delete(collection_name=self.collection_name, filter=filter))


class MilvusUser(User):
    """A user of a Milvus collection. Its operations are reported as `milvus`, by their names.

    Call `super().__init__(environment, uri=..., ...)` in an `__init__` of your own.

    Args:
        environment: given by the runner.
        uri: address of the server, or a file for Milvus Lite.
        token: to sign in with.
        collection_name: the collection.
        db_name: the database.
        timeout: of each operation, in seconds.
        schema: with `index_params`: the collection is created with them.
        index_params: its indexes.
        kwargs: further ones for creating it.

    Raises:
        pymilvus.MilvusException: there's no connection, or the collection can't be created.
    """

    abstract = True

    def __init__(
        self,
        environment: Environment,
        uri: str = "http://localhost:19530",
        token: str = "root:Milvus",
        collection_name: str = "test_collection",
        db_name: str = "default",
        timeout: int = 60,
        schema: CollectionSchema | None = None,
        index_params: IndexParams | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(environment)
        self.client_type = "milvus"
        self.client: BaseClient = MilvusV2Client(
            uri=uri, token=token, collection_name=collection_name, db_name=db_name, timeout=timeout
        )
        if schema is not None:
            self.client.create_collection(schema=schema, index_params=index_params, **kwargs)

    def insert(self, data: Any) -> Outcome:
        """Adds rows."""
        return self._report("insert", self.client.insert(data))

    def upsert(self, data: Any) -> Outcome:
        """Adds or replaces rows."""
        return self._report("upsert", self.client.upsert(data))

    def search(
        self,
        data: Any,
        anns_field: str,
        limit: int,
        filter: str = "",
        search_params: dict[str, Any] | None = None,
        output_fields: list[str] | None = None,
        calculate_recall: bool = False,
        ground_truth: list[Any] | None = None,
    ) -> Outcome:
        """Searches nearest neighbours; with recall, that is reported as `recall`, its percentage as the time."""
        outcome = self._report(
            "search",
            self.client.search(
                data,
                anns_field,
                limit,
                filter=filter,
                search_params=search_params,
                output_fields=output_fields,
                calculate_recall=calculate_recall,
                ground_truth=ground_truth,
            ),
        )
        if "recall" in outcome:
            self._fire("recall", int(outcome["recall"] * 100), None)
        return outcome

    def hybrid_search(self, reqs: Any, ranker: Any, limit: int, output_fields: list[str] | None = None) -> Outcome:
        """Searches several vector fields and ranks what they found."""
        return self._report("hybrid_search", self.client.hybrid_search(reqs, ranker, limit, output_fields))

    def query(self, filter: str, output_fields: list[str] | None = None) -> Outcome:
        """Looks for rows by a condition."""
        return self._report("query", self.client.query(filter, output_fields))

    def delete(self, filter: str) -> Outcome:
        """Removes rows by a condition."""
        return self._report("delete", self.client.delete(filter))

    def on_stop(self) -> None:
        self.client.close()

    def _report(self, name: str, outcome: Outcome) -> Outcome:
        self._fire(name, outcome["response_time"], outcome.get("exception"))
        return outcome

    def _fire(self, name: str, response_time: float, exception: Exception | None) -> None:
        self.environment.events.request.fire(
            request_type=self.client_type,
            name=name,
            response_time=response_time,
            response_length=0,
            exception=exception,
        )


def _found(operation: Callable[[], Any]) -> Outcome:
    outcome = timed(operation)
    if not outcome["success"]:
        return outcome
    result = outcome["result"]
    return {
        "success": True,
        "response_time": outcome["response_time"],
        "empty": len(result) == 0 or all(isinstance(hits, list) and not hits for hits in result),
        "result": result,
    }
