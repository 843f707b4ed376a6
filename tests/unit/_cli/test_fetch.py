"""Locustfiles that a master sent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from locust._cli.fetch import save
from locust.exception import LocustError


def test_the_files_are_saved_under_their_names():
    files = [{"filename": "a.py", "contents": "x = 'ä'\r\n"}, {"filename": "b.py", "contents": ""}]

    paths = [Path(path) for path in save({"locustfiles": files})]

    assert [path.name for path in paths] == ["a.py", "b.py"]
    assert paths[0].read_bytes() == "x = 'ä'\r\n".encode()


@pytest.mark.parametrize("name", ["../../evil.py", "/etc/evil.py", "..\\evil.py", "C:\\evil.py", "evil"])
def test_a_name_never_leads_out_of_the_folder(name):
    (path,) = save({"locustfiles": [{"filename": name, "contents": ""}]})

    assert os.path.basename(path) == "evil.py"
    assert os.path.basename(os.path.dirname(path)).startswith("locust-")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "makes no sense"),
        ({"error": "none here"}, "Got error from master: none here"),
        ({"locustfiles": []}, "sent no locustfile"),
        ({"locustfiles": "x"}, "sent no locustfile"),
        ({"locustfiles": [1]}, "without a name and contents"),
        ({"locustfiles": [{"filename": "a.py", "contents": b""}]}, "without a name and contents"),
        ({"locustfiles": [{"filename": "\0.py", "contents": ""}]}, "Can't save"),
    ],
)
def test_an_answer_without_files_is_refused(answer, message):
    with pytest.raises(LocustError, match=message):
        save(answer)
