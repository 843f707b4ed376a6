"""`locust demo`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from locust._cli.demo import QUICKSTART, run_demo
from locust.exception import LocustError

VISIBLE_COPY = Path(__file__).parents[3] / "examples" / "quickstart.py"


def test_the_example_that_people_see_is_the_one_that_runs() -> None:
    assert VISIBLE_COPY.read_bytes() == Path(QUICKSTART).read_bytes()


def test_the_quickstart_is_short_and_says_what_it_is() -> None:
    text = Path(QUICKSTART).read_text()

    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) < 80


def test_a_port_that_can_not_be_is_explained() -> None:
    with pytest.raises(LocustError, match=r"^The target can't listen at 127\.0\.0\.1, port 99999: "):
        run_demo(["--target-only", "--port", "99999"], run_locust=lambda _: 0)


def test_a_wrong_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_demo(["--nonsense"], run_locust=lambda _: 0)

    assert ended.value.code == 2
    assert "locust demo: error: unrecognized arguments: --nonsense" in capsys.readouterr().err


@pytest.mark.slow
def test_the_run_goes_to_the_target_and_the_target_ends_with_it() -> None:
    lines = []

    def answer_from(arguments: list[str]) -> int:
        import urllib.request

        lines.append(arguments)
        return urllib.request.urlopen(arguments[arguments.index("-H") + 1]).status

    assert run_demo(["--headless"], run_locust=answer_from) == 200

    (arguments,) = lines
    address = arguments[arguments.index("-H") + 1]
    assert arguments == ["-f", QUICKSTART, "-H", address, "--headless", "-u", "50", "-r", "25", "-t", "20s"]
    with pytest.raises(OSError, match="refused"):
        answer_from(arguments)
