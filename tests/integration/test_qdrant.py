"""QdrantUser: at the library's own server in memory, and at none. A Qdrant server is in no registry CI may use."""

from __future__ import annotations

import pytest
from fakes.reports import Reports
from fakes.servers import free_port
from qdrant_client import models

from locust.contrib.qdrant import QdrantUser

POINTS = [models.PointStruct(id=number, vector=[number, 1, 0, 0], payload={"number": number}) for number in range(8)]
SIZE = models.VectorParams(size=4, distance=models.Distance.COSINE)


def test_all_operations_are_reported() -> None:
    reports = Reports()
    user = reports.user(
        QdrantUser, url=None, collection_name="points", vectors_config=SIZE, client_kwargs={"location": ":memory:"}
    )
    user.client.create_collection(SIZE)

    nothing = user.scroll()
    user.upsert(POINTS)
    found = user.search([1, 1, 0, 0], limit=2)
    page = user.scroll(limit=3)
    user.delete(models.PointIdsList(points=[1, 2]))
    wrong = user.search([1])
    user.on_stop()

    assert [(kind, name) for kind, name, _ in reports.rows] == [
        ("qdrant", name) for name in ("scroll", "upsert", "search", "scroll", "delete", "search")
    ]
    assert reports.errors == [None] * 5 + ["ValueError"]
    assert nothing["empty"]
    assert [point.id for point in found["result"].points] == [1, 2]
    assert (len(page["result"]), page["next_offset"], page["empty"]) == (3, 3, False)
    assert (wrong["success"], sorted(wrong)) == (False, ["exception", "response_time", "success"])


def test_no_server_is_a_failure() -> None:
    reports = Reports()
    user = reports.user(
        QdrantUser,
        url=f"http://127.0.0.1:{free_port()}",
        collection_name="points",
        client_kwargs={"check_compatibility": False},
    )

    user.search([1])

    assert reports.errors == ["ResponseHandlingException"]


def test_a_collection_must_be_named() -> None:
    with pytest.raises(ValueError, match="'collection_name' must be provided for QdrantUser"):
        Reports().user(QdrantUser)
