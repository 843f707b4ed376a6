"""Qdrant, by the library qdrant-client: `pip install 'locust[qdrant]'`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locust.contrib._extra import library_of
from locust.contrib._outcome import Outcome, timed
from locust.user.users import User

with library_of("qdrant", "qdrant_client"):
    from qdrant_client import QdrantClient

if TYPE_CHECKING:
    from qdrant_client.models import VectorParams

    from locust.env import Environment

__all__ = ["QdrantLocustClient", "QdrantUser"]


class QdrantLocustClient:
    """One collection of a Qdrant server.

    Operations raise nothing. They give a dict with `success`, `response_time` in milliseconds, and `result` or
    `exception`; those that look for something add `empty`, and `scroll` `next_offset`, where to go on.

    Args:
        url: address of the server.
        collection_name: the collection.
        api_key: to sign in with.
        timeout: of each operation, in seconds.
        kwargs: further ones for QdrantClient, such as `location=":memory:"`.
    """

    def __init__(
        self, url: str | None, collection_name: str, api_key: str | None = None, timeout: int = 60, **kwargs: Any
    ) -> None:
        self.url = url
        self.collection_name = collection_name
        self.api_key = api_key
        self.timeout = timeout
        self.client = QdrantClient(url=url, api_key=api_key, timeout=timeout, **kwargs)

    def close(self) -> None:
        self.client.close()

    def create_collection(self, vectors_config: VectorParams, **kwargs: Any) -> None:
        """Creates the collection if there's none of its name.

        Raises:
            Exception: whatever qdrant-client raises.
        """
        if not self.client.collection_exists(self.collection_name):
            self.client.create_collection(self.collection_name, vectors_config=vectors_config, **kwargs)

    def upsert(self, points: Any) -> Outcome:
        return timed(lambda: self.client.upsert(self.collection_name, points=points))

    def search(
        self, query: Any, limit: int = 10, query_filter: Any = None, search_params: Any = None, with_payload: Any = True
    ) -> Outcome:
        outcome = timed(
            lambda: self.client.query_points(
                self.collection_name,
                query=query,
                limit=limit,
                query_filter=query_filter,
                search_params=search_params,
                with_payload=with_payload,
            )
        )
        if outcome["success"]:
            outcome["empty"] = not outcome["result"].points
        return outcome

    def scroll(self, scroll_filter: Any = None, limit: int = 10, with_payload: Any = True) -> Outcome:
        outcome = timed(
            lambda: self.client.scroll(
                self.collection_name, scroll_filter=scroll_filter, limit=limit, with_payload=with_payload
            )
        )
        if outcome["success"]:
            outcome["result"], outcome["next_offset"] = outcome["result"]
            outcome["empty"] = not outcome["result"]
        return outcome

    def delete(self, points_selector: Any) -> Outcome:
        return timed(lambda: self.client.delete(self.collection_name, points_selector=points_selector))


class QdrantUser(User):
    """A user of a Qdrant collection. Its operations are reported as `qdrant`, by their names.

    Class attributes to set:

    Attributes:
        url: address of the server.
        api_key: to sign in with.
        collection_name: the collection.
        timeout: of each operation, in seconds.
        vectors_config: with it the collection is created if there's none of its name.
        client_kwargs: further keywords for QdrantClient.
        collection_kwargs: further keywords for creating the collection.

    Raises:
        ValueError: no `collection_name`.
    """

    abstract = True
    url: str | None = "http://localhost:6333"
    api_key: str | None = None
    collection_name: str | None = None
    timeout: int = 60
    vectors_config: VectorParams | None = None
    client_kwargs: dict[str, Any] | None = None
    collection_kwargs: dict[str, Any] | None = None

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if self.collection_name is None:
            raise ValueError("'collection_name' must be provided for QdrantUser")
        self.client_type = "qdrant"
        self.client = QdrantLocustClient(
            url=self.url,
            collection_name=self.collection_name,
            api_key=self.api_key,
            timeout=self.timeout,
            **(self.client_kwargs or {}),
        )
        if self.vectors_config is not None:
            self.client.create_collection(self.vectors_config, **(self.collection_kwargs or {}))

    def upsert(self, points: Any) -> Outcome:
        """Adds or replaces points."""
        return self._report("upsert", self.client.upsert(points))

    def search(
        self, query: Any, limit: int = 10, query_filter: Any = None, search_params: Any = None, with_payload: Any = True
    ) -> Outcome:
        """Searches nearest neighbours."""
        return self._report("search", self.client.search(query, limit, query_filter, search_params, with_payload))

    def scroll(self, scroll_filter: Any = None, limit: int = 10, with_payload: Any = True) -> Outcome:
        """Reads a page of points."""
        return self._report("scroll", self.client.scroll(scroll_filter, limit, with_payload))

    def delete(self, points_selector: Any) -> Outcome:
        """Removes points."""
        return self._report("delete", self.client.delete(points_selector))

    def on_stop(self) -> None:
        self.client.close()

    def _report(self, name: str, outcome: Outcome) -> Outcome:
        self.environment.events.request.fire(
            request_type=self.client_type,
            name=name,
            response_time=outcome["response_time"],
            response_length=0,
            exception=outcome.get("exception"),
        )
        return outcome
