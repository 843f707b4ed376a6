"""Runs started and watched by the web UI's server, over real sockets."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.description import check_event, check_schema
from fakes.ui import LOCUSTFILE, SHAPE, Ui, locust_ui

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with locust_ui(tmp_path_factory.mktemp("ui"), "--class-picker", locustfile=LOCUSTFILE + SHAPE) as ui:
        yield ui


@pytest.fixture(autouse=True)
def _stopped(ui: Ui) -> Iterator[None]:
    yield
    ui.run("stop")


def start(ui: Ui, **settings: Any) -> Any:
    everything = {"user_count": 4, "spawn_rate": 100, "user_classes": ["Visitor", "Buyer"]}
    # What is left out would stay as in the test before.
    return ui.run("start", **{**everything, "shape_class": None, "run_time": None, **settings})


def test_a_form_post_starts_edits_and_stops_as_older_clients_do_it(ui: Ui) -> None:
    started = ui.post("/swarm", data={"user_count": "3", "spawn_rate": "100", "user_classes": ["Visitor"]})
    assert started.json() == {"success": True, "message": "Swarming started", "host": None, "user_classes": ["Visitor"]}
    ui.until("/stats/requests", lambda stats: stats["state"] == "running" and stats["user_count"] == 3)

    ui.post("/swarm", data={"user_count": "1", "spawn_rate": "100"})
    ui.until("/stats/requests", lambda stats: stats["user_count"] == 1)
    assert ui.get("/stop").json() == {"success": True, "message": "Test stopped"}
    assert ui.post("/stats/reset").text == "ok"


def test_the_page_has_upstreams_arguments_as_text(ui: Ui) -> None:
    page = ui.get("/").text

    assert '"num_users": ' in page
    assert '"state": "' in page
    assert "s3cret" not in page


def test_numbers_agree_with_upstreams(ui: Ui) -> None:
    start(ui, user_classes=["Visitor"])
    time.sleep(1.5)
    ui.run("stop")
    theirs = ui.until("/stats/requests", lambda stats: stats["state"] == "stopped")

    ours = ui.until("/api/v2/run", lambda snapshot: snapshot["state"]["state"] == "stopped")

    check_schema(ours, "Snapshot")
    rows = {row["name"]: row for row in ours["statistics"]["rows"]}
    assert {row["name"] for row in theirs["stats"]} == {"/look", "/buy", "Aggregated"}
    for row in theirs["stats"]:
        mine = rows.get(row["name"], ours["statistics"]["total"])
        assert (mine["requests"], mine["failures"]) == (row["num_requests"], row["num_failures"])
        assert mine["percentiles_ms"][0] == row["median_response_time"]
        assert mine["total_rps"] == pytest.approx(row["total_rps"])
    assert [error["error"] for error in ours["errors"]] == [error["error"] for error in theirs["errors"]]


def test_a_run_that_goes_on_is_not_started_again(ui: Ui) -> None:
    start(ui)

    answer = ui.post("/api/v2/run/start", json={})

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:locust:problem:conflict")


def test_the_load_is_changed_paused_and_resumed(ui: Ui) -> None:
    run = start(ui)["run"]
    ui.run("load", user_count=6)
    ui.until("/api/v2/run", lambda snapshot: snapshot["state"]["user_count"] == 6)

    assert ui.run("pause")["is_paused"]
    ui.until("/api/v2/run", lambda snapshot: snapshot["state"]["user_count"] == 0)
    assert not ui.run("resume")["is_paused"]
    state = ui.until("/api/v2/run", lambda snapshot: snapshot["state"]["user_count"] == 6)["state"]

    assert state["run"] == run
    ui.run("stop")
    kinds = [mark["kind"] for mark in ui.get("/api/v2/series").json()["marks"]]
    assert [kind for kind in kinds if kind not in ("spawned", "load")] == ["start", "pause", "resume", "stop"]


def test_a_run_time_stops_the_run(ui: Ui) -> None:
    assert start(ui, run_time="1s")["run_time_s"] == 1
    ui.until("/api/v2/run", lambda snapshot: snapshot["state"]["state"] == "stopped", timeout_s=5)


def test_a_shape_steers_and_can_not_be_edited(ui: Ui) -> None:
    assert start(ui, shape_class="Wave")["shape_class"] == "Wave"
    ui.until("/api/v2/run", lambda snapshot: snapshot["state"]["user_count"] == 2)

    assert ui.post("/api/v2/run/load", json={"user_count": 5}).status_code == 409
    assert ui.post("/api/v2/run/pause", json={}).status_code == 409


def test_options_keep_their_type_and_secrets_stay_secret(ui: Ui) -> None:
    start(ui, options={"color": "blue", "token": "n3w"})

    options = {option["name"]: option for option in ui.get("/api/v2/config").json()["options"]}

    assert options["color"]["value"] == "blue"
    assert (options["token"]["value"], options["token"]["has_value"]) == (None, True)
    bad = ui.post("/api/v2/run/start", json={"options": {"color": "green"}})
    assert bad.status_code == 409  # a run goes on
    ui.run("stop")
    bad = ui.post("/api/v2/run/start", json={"options": {"color": "green"}})
    assert bad.json()["errors"][0]["field"] == "options.color"


def test_series_have_the_course_of_each_endpoint_and_of_former_runs(ui: Ui) -> None:
    former = start(ui, user_classes=["Visitor"])["run"]
    time.sleep(2.2)
    ui.run("stop")
    current = start(ui)["run"]

    runs = ui.get("/api/v2/runs").json()["runs"]
    endpoints = {row["name"]: row["id"] for run in runs if run["run"] == former for row in run["endpoints"]}
    answer = ui.get(f"/api/v2/series?run={former}&endpoint={endpoints['/buy']}&endpoint=total").json()

    assert current == former + 1
    check_schema(answer, "SeriesAnswer")
    buys, total = answer["series"]
    assert max(total["users"]) == 4
    assert sum(buys["rps"]) == sum(buys["failures_per_s"]) > 0
    assert {bucket for column in buys["heat"] for bucket, _ in column} == {54}
    assert sum(total["rps"]) == pytest.approx(sum(rate for column in total["heat"] for _, rate in column), rel=0.01)
    assert total["time"] == sorted(total["time"])


# --- the stream ---


def take_until(events: Iterator[tuple[str, str, Any]], wanted: set[str]) -> list[tuple[str, str, Any]]:
    """Events until all wanted ones have come."""
    found: list[tuple[str, str, Any]] = []
    for event in itertools.islice(events, 200):
        found.append(event)
        if wanted <= {name for _, name, _ in found}:
            return found
    raise AssertionError([name for _, name, _ in found])


def test_the_stream_begins_with_a_snapshot_and_goes_on_with_changes(ui: Ui) -> None:
    events = ui.events()
    assert next(events)[1] == "snapshot"

    start(ui)
    found = take_until(events, {"snapshot", "state", "stats", "errors", "exceptions", "workers", "log", "point"})
    ui.run("load", user_count=5)
    found += take_until(events, {"mark"})

    for _, name, data in found:
        check_event(data, name)
    assert next(data["kind"] for _, name, data in found if name == "mark") == "load"
    events.close()


def test_a_viewer_that_comes_back_gets_what_it_has_missed(ui: Ui) -> None:
    start(ui)
    events = ui.events()
    found = take_until(events, {"snapshot", "stats", "point"})
    last = found[-1][0]
    events.close()
    time.sleep(1.2)

    again = ui.events(headers={"Last-Event-ID": last})
    missed = take_until(again, {"stats", "point"})
    again.close()

    session, _, number = last.partition("-")
    assert "snapshot" not in [name for _, name, _ in missed]
    assert missed[0][0] == f"{session}-{int(number) + 1}"


@pytest.mark.parametrize("event_id", ["nonsense", "00000000-1", "-", "x-99999999999999999999"])
def test_a_viewer_from_another_time_begins_anew(event_id: str, ui: Ui) -> None:
    events = ui.events(f"?last_event_id={event_id}")

    assert next(events)[1] == "snapshot"
    events.close()


def test_points_of_an_endpoint_come_when_they_are_asked_for(ui: Ui) -> None:
    start(ui)
    rows = ui.until("/api/v2/stats", lambda table: len(table["rows"]) == 2)["rows"]
    endpoint = rows[0]["id"]

    events = ui.events(f"?endpoint={endpoint}")
    points = (data for _, name, data in itertools.islice(events, 200) if name == "point")

    assert {next(points)["endpoint"] for _ in range(2)} == {"total", endpoint}
    events.close()


def test_a_reset_shows_everything_anew(ui: Ui) -> None:
    start(ui)
    events = ui.events()
    take_until(events, {"snapshot", "errors"})

    ui.run("reset")

    snapshot = next(data for _, name, data in itertools.islice(events, 50) if name == "snapshot")
    assert snapshot["marks"][-1]["kind"] == "reset"
    assert snapshot["statistics"]["total"]["requests"] < 20
    events.close()
