"""`-f -`: workers on other machines get what the test consists of."""

from __future__ import annotations

import pytest
from fakes.nodes import LOCUSTFILE, Fleet

pytestmark = pytest.mark.slow

SHORT = ("--headless", "-u", "4", "-r", "4", "-t", "2", "--expect-workers", "2")


def test_workers_get_modules_and_data_files_too(fleet: Fleet) -> None:
    project, elsewhere = fleet.folder / "project", fleet.folder / "elsewhere"
    (project / "steps").mkdir(parents=True)
    (project / "steps" / "cart.py").write_text("SIZE = 3\n")
    (project / "data").mkdir()
    (project / "data" / "users.csv").write_text("ann\n")
    (project / ".env").write_text("PASSWORD=hush\n")
    # Of the master alone: a worker that read it would be a master, too.
    (project / "locust.conf").write_text("master = true\n")
    elsewhere.mkdir()
    locustfile = (
        "import os\n"
        "from steps.cart import SIZE\n"
        "assert open('data/users.csv').read() == 'ann\\n' and SIZE == 3\n"
        "print('secret here:', os.path.exists('.env'))\n"
    )
    (project / "locustfile.py").write_text(locustfile + LOCUSTFILE)

    master = fleet.master("--secure", *SHORT, locustfile=None, folder=project)
    token = master.await_output(r"--join (gjt1_\S+)$")[1]
    workers = [
        fleet.worker("-f", "-", "--join", token, "--logfile", "own.log", locustfile=None, folder=elsewhere)
        for _ in range(2)
    ]

    assert master.await_end() == 0
    assert [worker.await_end() for worker in workers] == [0, 0]
    assert 120 <= master.request_count <= 165
    assert [worker.output.count("secret here: False") for worker in workers] == [1, 1]
    # What the worker itself writes stays where it was started.
    assert "Got quit message from master" in (elsewhere / "own.log").read_text()
