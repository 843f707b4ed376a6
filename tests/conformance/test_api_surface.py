"""Modules offer what upstream's do: names, signatures, attributes, bases. What is found by looking at what is imported.

Ours may offer more: further attributes, optional parameters at the end, bases in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from beside import OURS, Comparison, upstream
from beside.probe import ask

MODULES = (
    "locust", "locust.argument_parser", "locust.clients", "locust.contrib.fasthttp", "locust.debug", "locust.dispatch",
    "locust.env", "locust.event", "locust.exception", "locust.html", "locust.input_events", "locust.log", "locust.main",
    "locust.rpc", "locust.rpc.protocol", "locust.rpc.zmqrpc", "locust.runners", "locust.shape", "locust.stats",
    "locust.user", "locust.user.inspectuser", "locust.user.markov_taskset", "locust.user.sequential_taskset",
    "locust.user.task", "locust.user.users", "locust.user.wait_time", "locust.util.cache", "locust.util.date",
    "locust.util.deprecation", "locust.util.directory", "locust.util.exception_handler", "locust.util.load_locustfile",
    "locust.util.rounding", "locust.util.timespan", "locust.util.url", "locust.web",
    "locust.contrib.csv_request_logger", "locust.contrib.dns", "locust.contrib.milvus", "locust.contrib.mongodb",
    "locust.contrib.mqtt", "locust.contrib.postgres", "locust.contrib.qdrant", "locust.contrib.socketio",
    "locust.opentelemetry",
)  # fmt: skip

# Nobody passes them by name.
SELVES = ("self", "_self", "cls")

Surface = Mapping[str, Mapping[str, Mapping[str, Any]]]


@pytest.fixture(scope="module")
def surfaces() -> tuple[Surface, Surface]:
    theirs = ask(upstream(), "surface", {module: [] for module in MODULES})
    # By name: some of ours are found when they are asked for.
    ours = ask(OURS, "surface", {module: list(theirs[module]) for module in MODULES})
    return theirs, ours


@pytest.mark.parametrize("module", MODULES)
def test_a_module_offers_what_upstreams_does(module: str, surfaces: tuple[Surface, Surface], same: Comparison) -> None:
    theirs, ours = (surface[module] for surface in surfaces)
    both = {name: _comparable(theirs[name], ours.get(name, {})) for name in theirs}

    same(_flat({name: pair[0] for name, pair in both.items()}), _flat({name: pair[1] for name, pair in both.items()}))


def _flat(names: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Gives one aspect for each name and each attribute of it; a name that is absent, or another's, is one."""
    return {
        f"{name}{aspect if aspect.startswith('.') else f' {aspect}'}": value
        for name, what in names.items()
        for aspect, value in what.items()
    }


def _comparable(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Gives upstream's description of a name and ours without what ours has in addition."""
    if ours.get("kind") in (None, "absent"):
        return {"kind": theirs["kind"]}, {"kind": "absent"}
    if theirs["is imported"]:
        # Its own module is compared.
        return {"kind": theirs["kind"]}, {"kind": ours["kind"]}
    wanted = {aspect: value for aspect, value in theirs.items() if aspect != "is imported"}
    kept: dict[str, Any] = {}
    for aspect, value in wanted.items():
        mine = ours.get(aspect)
        if aspect == "bases" and mine is not None:
            mine = [base for base in mine if base in value]
        elif aspect == "signature":
            mine = _accepting(value, mine)
        elif aspect.startswith(".") and isinstance(mine, Mapping):
            mine = _member(aspect[1:], value, mine)
        elif aspect.startswith(".") and value == {"kind": "value", "value": "None"}:
            # What instances get later.
            mine = value
        kept[aspect] = mine
    return wanted, kept


def _member(name: str, theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Mapping[str, Any]:
    if theirs["kind"] in ("value", "property") and mine["kind"] in ("property", "instance", "value"):
        # Instances have it. What a class attribute is by default is compared where both have one.
        return mine if theirs["kind"] == mine["kind"] == "value" else theirs
    if name.startswith("__"):
        # Python passes nothing by name.
        return theirs if theirs["kind"] == mine["kind"] else mine
    if "signature" in theirs:
        return {**mine, "signature": _accepting(theirs["signature"], mine.get("signature"))}
    return mine


def _accepting(theirs: list[str] | str, mine: list[str] | str | None) -> list[str] | str | None:
    """Gives `theirs` if each call that fits it fits `mine`."""
    if mine is None or isinstance(theirs, str) or isinstance(mine, str):
        # Built in: behaviour is compared elsewhere.
        return theirs
    kinds = {word.split()[0] for word in mine}
    if all(word.startswith("var_") for word in theirs):
        # A wrapper: its signature says nothing.
        return theirs
    wanted = [_plain(word) for word in theirs if not word.startswith(("var_", "keyword_only"))]
    taken = [_plain(word) for word in mine if not word.startswith(("var_", "keyword_only"))]
    named = {word.split()[1].partition("=")[0] for word in mine}
    fits = len(taken) >= len(wanted) or "var_positional" in kinds
    for word, own in zip(wanted, taken, strict=False):
        fits = fits and (own == word or own.startswith(f"{word}=") or word in SELVES)
    fits = fits and all("=" in word for word in taken[len(wanted) :])
    fits = fits and not [word for word in mine if word.startswith("keyword_only") and "=" not in word]
    for word in theirs:
        kind, name = word.split()[:2]
        if kind == "var_positional":
            fits = fits and kind in kinds
        elif kind == "var_keyword":
            fits = fits and (kind in kinds or len(taken) > len(wanted) or "keyword_only" in kinds)
        elif kind == "keyword_only":
            fits = fits and ("var_keyword" in kinds or name.partition("=")[0] in named)
    return theirs if fits else mine


def _plain(word: str) -> str:
    return word.partition(" ")[2]
