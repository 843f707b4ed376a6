"""The command's door, without a process."""

from __future__ import annotations

import sys
from argparse import Namespace
from types import SimpleNamespace

import pytest

from locust import main as main_module
from locust.env import Environment
from locust.event import Events
from locust.exception import LocustError
from locust.main import create_environment, main
from locust.user.users import User


class Visitor(User):
    pass


def test_library_users_bring_the_options_they_have() -> None:
    options = SimpleNamespace(host="http://x", reset_stats=True, profile="p", stop_timeout=3, tags=["a"])
    events = Events()

    environment = create_environment([Visitor], options, events=events, locustfile="file.py")

    assert isinstance(environment, Environment)
    assert (environment.user_classes, environment.events, environment.locustfile) == ([Visitor], events, "file.py")
    assert (environment.host, environment.reset_stats, environment.profile) == ("http://x", True, "p")
    assert (environment.stop_timeout, environment.parsed_options) == (3, options)
    # Locust 2.47.0 leaves tags to the run.
    assert environment.tags is None


def test_options_that_are_missing_have_no_effect() -> None:
    environment = create_environment([Visitor], Namespace())

    assert (environment.host, environment.reset_stats, environment.profile, environment.stop_timeout) == (
        None,
        False,
        None,
        0.0,
    )


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version_is_printed_without_loading_what_it_does_not_need(flag, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["locust", flag])
    monkeypatch.setitem(sys.modules, "locust.argument_parser", None)

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("locust ")


def test_what_is_wrong_is_said_on_stderr_with_code_1(monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: list[str]) -> int:
        raise LocustError("no locustfile here")

    monkeypatch.setattr(main_module, "_run_locustfile", refuse)
    monkeypatch.setattr(sys, "argv", ["locust"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert (ended.value.code, capsys.readouterr().err) == (1, "no locustfile here\n")


def test_an_interrupt_before_the_run_is_no_traceback(monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(_: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, "_run_locustfile", interrupt)
    monkeypatch.setattr(sys, "argv", ["locust"])

    with pytest.raises(SystemExit) as ended:
        main()

    # What a shell gives a process that SIGINT ended.
    assert (ended.value.code, capsys.readouterr().err) == (130, "")


def test_only_the_first_word_is_a_subcommand(monkeypatch: pytest.MonkeyPatch) -> None:
    run = []
    monkeypatch.setattr(main_module, "_run_locustfile", lambda arguments: run.append(arguments) or 0)

    for arguments in (["--", "demo"], ["--headless", "demo"]):
        monkeypatch.setattr(sys, "argv", ["locust", *arguments])
        with pytest.raises(SystemExit):
            main()

    assert run == [["--", "demo"], ["--headless", "demo"]]


def test_others_may_replace_how_a_locustfile_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_module, "load_locustfile", lambda path: ({"Visitor": Visitor}, []), raising=False)

    assert main_module._load(["anything.py"]).user_classes == {"Visitor": Visitor}
