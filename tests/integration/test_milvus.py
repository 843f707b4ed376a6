"""MilvusUser at Milvus Lite, the server in a file that pymilvus starts.

In a process of its own: gRPC in this one would take part in each fork of the tests that follow.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import json
import os

from pymilvus import AnnSearchRequest, DataType, MilvusClient, MilvusException, RRFRanker

from fakes.reports import Reports
from locust.contrib.milvus import MilvusUser, MilvusV2Client

ROWS = [{"id": number, "vector": [float(number), 0.0, 0.0, 0.0]} for number in range(10)]
AT_ONE = [[1.0, 0.0, 0.0, 0.0]]


class Searcher(MilvusUser):
    abstract = True

    def __init__(self, environment):
        schema = MilvusClient.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=4)
        index = MilvusClient.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="L2")
        super().__init__(environment, uri="points.db", collection_name="points", schema=schema, index_params=index)


reports = Reports()
user = reports.user(Searcher)
inserted = user.insert(ROWS)
user.upsert(ROWS[:2])
found = user.search(AT_ONE, "vector", 3, calculate_recall=True, ground_truth=[1, 0, 99])
user.search(AT_ONE, "vector", 3, filter="id > 100")
user.hybrid_search([AnnSearchRequest(AT_ONE, "vector", {}, 3)], RRFRanker(), 3)
read = user.query("id > 7", ["id"])
user.delete("id == 3")
wrong = user.query("nonsense nonsense")
try:
    reports.user(Searcher)
    again = None
except MilvusException as error:
    again = error.message
user.on_stop()


def recall(found, truth, limit=None):
    return MilvusV2Client.get_recall([[{"id": number} for number in found]], truth, limit)


print(json.dumps({
    "names": [f"{kind} {name}" for kind, name, _ in reports.rows],
    "errors": reports.errors,
    "recall as time": reports.all[3]["response_time"],
    "inserted": inserted["result"]["insert_count"],
    "recall": round(found["recall"], 3),
    "read": [row["id"] for row in read["result"]],
    "wrong": sorted(wrong),
    "again": again,
    "recalls": [
        recall([1, 2], [1, 2, 3]),
        recall([1, 2], [9, 1]),
        recall([1, 2, 3, 4, 5], [5, 6], 2),
        recall([1, 2], [2, 1, 3], 1),
        recall([1, 2], [1]),
        recall([1, 2], [1, 2], 3),
        recall([], [1]),
        recall([1], []),
        MilvusV2Client.get_recall(None, [1]),
    ],
}), flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("milvus")
    (folder / "program.py").write_text(f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n{PROGRAM}")
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_all_operations_are_reported(said: dict[str, Any]) -> None:
    operations = ("insert", "upsert", "search", "recall", "search", "hybrid_search", "query", "delete", "query")
    assert said["names"] == [f"milvus {name}" for name in operations]
    assert said["errors"] == [None] * 8 + ["MilvusException"]


def test_operations_give_what_the_server_said(said: dict[str, Any]) -> None:
    assert (said["inserted"], said["read"]) == (10, [8, 9])
    assert said["wrong"] == ["exception", "response_time", "success"]


def test_a_collection_that_exists_is_raised(said: dict[str, Any]) -> None:
    assert said["again"] == "collection 'points' already exists"


def test_recall_is_the_part_of_true_neighbours_found(said: dict[str, Any]) -> None:
    # Figures of Locust 2.47.0.
    assert said["recalls"] == [1.0, 0.5, 0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert (said["recall"], said["recall as time"]) == (0.667, 66)
