"""The web UI's server as a process: how it starts, whom it lets in, how it ends."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from fakes.certificates import Certificates
from fakes.ui import LOCUSTFILE, locust_ui
from fakes.web import make_environment

pytestmark = pytest.mark.slow

PLUGIN = """
import json

from flask import Blueprint, jsonify, request

page = Blueprint("extend", "extend")


@page.route("/sizes")
def sizes():
    return jsonify({"sizes": 1})


@page.route("/sizes/csv")
def sizes_csv():
    return "Name,Size\\r\\n"


@page.route("/broken")
def broken():
    raise RuntimeError("a plugin's mistake")


@events.init.add_listener
def extend(environment, web_ui, **kwargs):
    arguments = environment.web_ui.template_args
    arguments["extended_tabs"] = [{"title": "Sizes", "key": "sizes"}]
    arguments["extended_tables"] = [{"key": "sizes", "structure": [{"key": "size", "title": "S"}]}]
    arguments["extended_csv_files"] = [{"href": "/sizes/csv", "title": "Sizes (CSV)"}]

    @environment.web_ui.app.after_request
    def add_sizes(response):
        if request.path == "/stats/requests":
            rows = [{"key": "sizes", "data": [{"size": 5}]}]
            response.set_data(json.dumps({**response.json, "extended_stats": rows}))
        return response

    environment.web_ui.app.register_blueprint(page)
"""

# The login that the guide shows.
GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "web-api.md"
[LOGIN] = [
    block
    for block in re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    if "login_user" in block
]


def run_locust(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "locustfile.py").write_text(LOCUSTFILE)
    command = [sys.executable, "-m", "locust", *arguments]
    return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)


# --- how it starts and ends ---


def test_it_starts_a_run_stops_it_in_time_and_quits_by_itself(tmp_path: Path) -> None:
    line = "--web-port 0 --web-host 127.0.0.1 --autostart -u 2 -r 10 -t 1 --autoquit 0 Visitor"
    done = run_locust(tmp_path, *line.split())

    assert done.returncode == 1  # there were failures
    order = [
        "Starting web interface at http://127.0.0.1:",
        "Run time limit set to 1 seconds",
        "All users spawned",
        "--run-time limit reached, stopping test",
        "--autoquit time reached, shutting down",
        "Shutting down (exit code 1)",
        "Aggregated",
    ]
    assert [done.stderr.find(text) for text in order] == sorted(done.stderr.find(text) for text in order)
    assert all(text in done.stderr for text in order)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_the_tables(number: signal.Signals, tmp_path: Path) -> None:
    with locust_ui(tmp_path, "Visitor") as ui:
        ui.run("start", user_count=2, spawn_rate=10)
        ui.until("/api/v2/run", lambda snapshot: snapshot["statistics"]["total"]["requests"] > 5)
        ui.process.send_signal(number)

        assert ui.process.wait(15) in (0, 1)
        assert "Aggregated" in ui.log()
        assert "Traceback" not in ui.log()


def test_a_viewer_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    with locust_ui(tmp_path) as ui:
        events = ui.events()
        next(events)

        assert ui.end() == 0


def test_a_run_without_it_does_not_load_it(tmp_path: Path) -> None:
    (tmp_path / "loaded.py").write_text(
        LOCUSTFILE
        + "\n\n@events.quit.add_listener\ndef told(**kwargs):\n    import sys\n    print('flask' in sys.modules)\n"
    )

    done = run_locust(tmp_path, "-f", "loaded.py", "--headless", "-t", "1", "--only-summary")

    assert done.stdout.splitlines()[-1] == "False"


def test_it_warns_when_everybody_can_reach_it(tmp_path: Path) -> None:
    with locust_ui(tmp_path, "--web-host", "0.0.0.0") as ui:
        assert "--web-login" in ui.wait_for_line("WARNING")
        assert ui.get("/").status_code == 200


def test_it_does_not_warn_on_loopback(tmp_path: Path) -> None:
    with locust_ui(tmp_path) as ui:
        ui.end()
        assert "WARNING" not in ui.log()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tls-cert", "none.pem", "--tls-key", "none.pem"], "Can't read 'none.pem', which --tls-cert names"),
        (["--tls-cert", "locustfile.py", "--tls-key", "locustfile.py"], "are no certificate with its key"),
        (["--web-host", "192.0.2.1"], "Can't serve the web UI at 192.0.2.1"),
        (["--web-port", "70000"], "port 70000"),
    ],
)
def test_a_server_that_can_not_be_is_explained(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = run_locust(tmp_path, "--web-port", "0", *arguments)

    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_explained(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_locust(tmp_path, "--web-host", "127.0.0.1", "--web-port", str(port))

    assert done.returncode == 1
    assert f"port {port}: Address already in use. Choose another with --web-host or --web-port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_library_user_starts_it_and_stops_it() -> None:
    environment = make_environment()
    web_ui = environment.create_web_ui("127.0.0.1", 0)
    url = f"http://127.0.0.1:{web_ui.port}"

    assert environment.web_ui is web_ui
    assert requests.get(f"{url}/stats/requests", timeout=5).json()["state"] == "ready"

    environment.runner.quit()
    web_ui.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


# --- where it is ---


def test_it_can_be_below_another_path(tmp_path: Path) -> None:
    with locust_ui(tmp_path, "--web-base-path", "/load/test") as ui:
        assert ui.url.endswith("/load/test")
        assert ui.get("/").status_code == 200
        assert ui.get("").url.endswith("/load/test/")
        assert ui.get("/stats/requests").json()["state"] == "ready"
        assert ui.get("/api/v2/run").json()["state"]["state"] == "ready"
        host = ui.url.removesuffix("/load/test")
        assert requests.get(f"{host}/stats/requests", timeout=5).status_code == 404


def test_another_user_interface_is_a_template_as_upstreams(tmp_path: Path) -> None:
    built = tmp_path / "built"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<script>window.templateArgs = {{ template_args|tojson }}</script>")
    (built / "assets" / "mine.js").write_text("mine()")

    with locust_ui(tmp_path, "--build-path", str(built)) as ui:
        page = ui.get("/")
        assert '"locustfile": "locustfile.py"' in page.text
        assert "'sha256-" in page.headers["Content-Security-Policy"]
        assert ui.get("/assets/mine.js").text == "mine()"


def test_files_outside_of_the_assets_are_not_served(tmp_path: Path) -> None:
    with locust_ui(tmp_path) as ui:
        for path in ("/assets/../index.html", "/assets/..%2findex.html", "/assets/%2fetc/passwd", "/assets/"):
            url = ui.url + path
            request = requests.Request("GET", url).prepare()
            request.url = url
            assert ui.session.send(request, timeout=5).status_code == 404


# --- HTTPS ---


def test_a_new_certificate_is_served_without_a_restart(certificates: Certificates, tmp_path: Path) -> None:
    pair = tmp_path / "pair.pem"
    shutil.copy(certificates.good, pair)
    with locust_ui(tmp_path, "--tls-cert", str(pair), "--tls-key", str(pair)) as ui:
        assert ui.url.startswith("https://")
        ui.session.verify = certificates.authority
        assert ui.get("/stats/requests").status_code == 200
        port = int(ui.url.rsplit(":", 1)[1])
        before = ssl.get_server_certificate(("127.0.0.1", port))

        pair.write_text("half-written")
        os.utime(pair, ns=(1, 1))
        assert ssl.get_server_certificate(("127.0.0.1", port)) == before
        shutil.copy(certificates.other_host, pair)

        assert ssl.get_server_certificate(("127.0.0.1", port)) != before
        ui.end()
        assert "the old one serves on" in ui.log()


def test_a_client_without_tls_leaves_no_traceback(certificates: Certificates, tmp_path: Path) -> None:
    with locust_ui(tmp_path, "--tls-cert", str(certificates.good), "--tls-key", str(certificates.good)) as ui:
        ui.session.verify = certificates.authority
        with socket.create_connection(("127.0.0.1", int(ui.url.rsplit(":", 1)[1])), timeout=5) as plain:
            plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                plain.recv(1000)
        assert ui.get("/stats/requests").status_code == 200
        ui.end()

        assert "Traceback" not in ui.log()


# --- login ---


def test_only_those_who_are_logged_in_see_and_steer(tmp_path: Path) -> None:
    with locust_ui(tmp_path, "--web-login", locustfile=LOGIN) as ui:
        for path in ("/", "/stats/requests", "/exceptions", "/logs", "/stats/report"):
            answer = ui.get(path, allow_redirects=False)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/login")
        assert ui.post("/swarm", data={"user_count": 1}, allow_redirects=False).status_code == 302
        refused = ui.get("/api/v2/run")
        assert (refused.status_code, refused.json()["type"]) == (401, "urn:locust:problem:not-logged-in")
        assert ui.get("/api/v2/stream").status_code == 401

        page = ui.get("/login")
        assert "username_password_callback" in page.text
        assert "Wrong name" in ui.post("/authenticate", data={"username": "ada", "password": "wrong"}).text
        ui.post("/authenticate", data={"username": "ada", "password": "right"})

        assert ui.get("/api/v2/run").status_code == 200
        assert ui.run("start", user_count=1)["run"] == 1
        assert "Wrong name" not in ui.get("/login").text


def test_a_login_without_a_user_loader_says_what_is_missing(tmp_path: Path) -> None:
    with locust_ui(tmp_path, "--web-login") as ui:
        for path in ("/", "/stats/requests", "/api/v2/run"):
            answer = ui.get(path)
            assert "Locust auth exception: Missing user_loader" in answer.text
            assert "Traceback" not in answer.text


# --- plugins ---


def test_a_plugins_blueprint_tab_table_and_file_appear(tmp_path: Path) -> None:
    with locust_ui(tmp_path, locustfile=LOCUSTFILE + PLUGIN) as ui:
        assert ui.get("/sizes").json() == {"sizes": 1}
        assert '"extended_tabs": [{"title": "Sizes", "key": "sizes"}]' in ui.get("/").text
        assert ui.get("/stats/requests").json()["extended_stats"] == [{"key": "sizes", "data": [{"size": 5}]}]
        assert {"title": "Sizes (CSV)", "url": "/sizes/csv"} in ui.get("/api/v2/downloads").json()["downloads"]
        assert ui.get("/api/v2/run").json()["extended_stats"] == [{"key": "sizes", "data": [{"size": 5}]}]

        broken = ui.get("/broken")

        assert (broken.status_code, broken.text) == (500, "Internal Server Error: the log says more.")
        ui.wait_for_line("a plugin's mistake")
