"""Events of all viewers, without a socket: what each is given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.web import make_web_ui

from locust._course.facts import endpoint_id
from locust.web import WebUI, _stream

NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def web_ui() -> Iterator[WebUI]:
    web_ui = make_web_ui()
    yield web_ui
    web_ui.environment.runner.quit()


def events(chunk: bytes) -> list[tuple[str, str, Any]]:
    """(id, name, data) of what a viewer was given."""
    found = []
    for block in chunk.decode().strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def names(chunk: bytes) -> list[str]:
    return [name for _, name, _ in events(chunk)]


def look(web_ui: WebUI) -> None:
    """What the stream's greenlet does every second."""
    web_ui.stream._look(None)


def count(web_ui: WebUI) -> None:
    web_ui.environment.stats.log_request("GET", "/a", 10.0, 1)


def requests(data: Any) -> int:
    return int(data["statistics"]["total"]["requests"])


def test_a_viewer_gets_a_snapshot_then_changes(web_ui: WebUI) -> None:
    viewer = web_ui.stream.view(NOTHING, None)
    assert names(next(viewer)) == ["snapshot"]

    count(web_ui)
    look(web_ui)

    assert names(next(viewer)) == ["stats"]
    viewer.close()


def test_viewers_who_want_the_same_share_the_bytes(web_ui: WebUI) -> None:
    viewers = [web_ui.stream.view(NOTHING, None) for _ in range(3)]

    first, *others = [next(viewer) for viewer in viewers]

    assert all(other is first for other in others)
    for viewer in viewers:
        viewer.close()


def test_who_comes_back_gets_what_was_missed(web_ui: WebUI) -> None:
    viewer = web_ui.stream.view(NOTHING, None)
    [(last, _, _)] = events(next(viewer))
    viewer.close()
    count(web_ui)
    look(web_ui)

    again = web_ui.stream.view(NOTHING, last)

    assert names(next(again)) == ["stats"]
    again.close()


def test_who_comes_back_after_nobody_looked_begins_anew(web_ui: WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stream, "GRACE_SEC", 0)
    viewer = web_ui.stream.view(NOTHING, None)
    [(last, _, _)] = events(next(viewer))
    viewer.close()
    web_ui.stream._greenlet.kill()
    count(web_ui)
    look(web_ui)

    again = web_ui.stream.view(NOTHING, last)
    [(_, name, data)] = events(next(again))

    assert (name, requests(data)) == ("snapshot", 1)
    again.close()


def test_a_snapshot_is_never_older_than_the_last_look(web_ui: WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stream, "GRACE_SEC", 0)
    first = web_ui.stream.view(NOTHING, None)
    next(first)
    first.close()
    count(web_ui)
    look(web_ui)  # for somebody who asked once

    second = web_ui.stream.view(NOTHING, None)

    [(_, _, data)] = events(next(second))
    assert requests(data) == 1
    second.close()


def test_a_viewer_that_is_too_slow_gets_a_snapshot(web_ui: WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stream, "MAX_KEPT_EVENTS", 3)
    viewer = web_ui.stream.view(NOTHING, None)
    next(viewer)
    for _ in range(5):
        count(web_ui)
        look(web_ui)

    [(_, name, data)] = events(next(viewer))

    assert (name, requests(data)) == ("snapshot", 5)
    viewer.close()


def test_what_is_kept_for_viewers_has_an_end(web_ui: WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stream, "MAX_KEPT_BYTES", 2000)
    viewer = web_ui.stream.view(NOTHING, None)
    next(viewer)
    for _ in range(50):
        count(web_ui)
        look(web_ui)

    assert sum(len(kept.data or "") for kept in web_ui.stream._kept) <= 2000
    viewer.close()


def test_a_reset_puts_a_snapshot_in_the_place_of_what_was_before(web_ui: WebUI) -> None:
    count(web_ui)
    viewer = web_ui.stream.view(NOTHING, None)
    next(viewer)
    web_ui.environment.stats.clear_all()

    look(web_ui)

    [(_, name, data)] = events(next(viewer))
    assert (name, requests(data)) == ("snapshot", 0)
    viewer.close()


def test_points_of_an_endpoint_go_to_those_who_asked(web_ui: WebUI) -> None:
    import time

    count(web_ui)
    web_ui.environment.runner.state = "running"
    web_ui.environment.events.test_start.fire(environment=web_ui.environment)
    endpoint = endpoint_id("GET", "/a")
    asked, plain = web_ui.stream.view(frozenset({endpoint}), None), web_ui.stream.view(NOTHING, None)
    next(asked)
    next(plain)

    web_ui.runs.look(time.time() + 1)
    web_ui.stream._tell()

    for viewer, wanted in ((asked, {"total", endpoint}), (plain, {"total"})):
        points = {data["endpoint"] for _, name, data in events(next(viewer)) if name == "point"}
        assert points == wanted
        viewer.close()


def test_viewers_that_left_are_forgotten(web_ui: WebUI) -> None:
    viewer = web_ui.stream.view(frozenset({"0" * 16}), None)
    next(viewer)
    viewer.close()

    assert (web_ui.stream._viewers, web_ui.stream._wanted) == (0, {})
