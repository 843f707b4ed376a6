"""The web UI of a master: workers that come, work and are lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.description import check_schema
from fakes.servers import free_port
from fakes.ui import Ui, locust_ui

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fleet")


@pytest.fixture(scope="module")
def master_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def ui(folder: Path, master_port: int) -> Iterator[Ui]:
    line = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(master_port)]
    with locust_ui(folder, *line) as ui:
        yield ui


@pytest.fixture
def worker(folder: Path, master_port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "locust", "--worker", "--master-port", str(master_port)]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def test_a_run_without_workers_says_what_is_missing(ui: Ui) -> None:
    answer = ui.post("/api/v2/run/start", json={"user_count": 1})

    assert answer.status_code == 409
    assert "worker" in answer.json()["detail"]


def test_workers_are_shown_with_their_users_and_their_loss_is_marked(ui: Ui, worker: subprocess.Popen[bytes]) -> None:
    workers = ui.until("/api/v2/workers", lambda rows: len(rows["workers"]) == 1, timeout_s=20)["workers"]
    assert (workers[0]["index"], workers[0]["state"]) == (0, "ready")
    assert ui.get("/worker-count").json() == {"worker_count": 1}

    ui.run("start", user_count=3, spawn_rate=100)
    snapshot = ui.until(
        "/api/v2/run",
        lambda found: found["statistics"]["total"]["requests"] > 10 and found["workers"][0]["user_count"] == 3,
        timeout_s=15,
    )
    check_schema(snapshot, "Snapshot")
    assert snapshot["is_distributed"]
    assert snapshot["state"]["worker_count"] == 1
    assert sum(snapshot["workers"][0]["users_by_class"].values()) == 3
    stats = ui.get("/stats/requests").json()
    assert [row["id"] for row in stats["workers"]] == [snapshot["workers"][0]["id"]]

    ui.run("pause")
    ui.until("/api/v2/run", lambda found: found["state"]["user_count"] == 0, timeout_s=15)
    ui.run("resume")
    ui.until("/api/v2/run", lambda found: found["state"]["user_count"] == 3, timeout_s=15)

    worker.kill()
    series = ui.until(
        "/api/v2/series", lambda found: "worker-lost" in {mark["kind"] for mark in found["marks"]}, timeout_s=15
    )
    assert max(series["series"][0]["rps"]) > 10


def test_waiting_for_workers_ends_when_it_was_to_end(tmp_path: Path) -> None:
    line = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(free_port()), "--autostart"]
    with locust_ui(tmp_path, *line, "--expect-workers", "1", "--expect-workers-max-wait", "1") as ui:
        assert ui.get("/").status_code == 200
        assert ui.process.wait(15) == 1
        assert "Gave up waiting for workers to connect" in ui.log()
