"""Fleets that encrypt and know each other: by a join token, and by certificates."""

from __future__ import annotations

import pytest
from fakes.certificates import Certificates
from fakes.nodes import LOCUSTFILE, Fleet, Node

pytestmark = pytest.mark.slow

SHORT = ("--headless", "-u", "4", "-r", "4", "-t", "2", "--expect-workers", "2")


def token_of(master: Node) -> str:
    return master.await_output(r"--join (gjt1_\S+)$")[1]


def test_workers_join_with_the_token_that_the_master_prints(fleet: Fleet) -> None:
    master = fleet.master("--secure", *SHORT)
    token = token_of(master)
    workers = [fleet.worker("--join", token), fleet.worker(LOCUST_JOIN_TOKEN=token)]

    assert master.await_end() == 0
    assert [worker.await_end() for worker in workers] == [0, 0]
    assert 120 <= master.request_count <= 190
    assert f"Listening for workers at 127.0.0.1:{fleet.port}, over TLS" in master.output
    # The token is for whoever looks at the terminal, not for those who read logs.
    assert master.output.count(token) == 1


def test_a_stranger_and_a_plain_worker_stay_outside(fleet: Fleet) -> None:
    foreign = fleet.start("--master", "--secure", "--headless", "--master-bind-port", "0")
    token = token_of(foreign)
    master = fleet.master("--secure", "--headless", "-u", "1", "-t", "2", "--expect-workers", "1")
    token_of(master)

    stranger = fleet.worker("--join", token)
    plain = fleet.worker()

    stranger.await_output("isn't the master that printed the join token: take the token of the master that runs there")
    master.await_output("Refused a connection from 127.0.0.1: .*speaks no TLS")
    assert "reported as ready" not in master.output
    fleet.worker("--join", token_of(master))
    assert master.await_end() == 0
    assert (stranger.process.poll(), plain.process.poll()) == (None, None)  # they try on


def test_nodes_with_certificates_of_one_authority_work_together(fleet: Fleet, certificates: Certificates) -> None:
    authority = ("--cluster-tls", "--cluster-tls-ca", certificates.authority)
    own = ("--cluster-tls-cert", certificates.good, "--cluster-tls-key", certificates.good)
    theirs = ("--cluster-tls-cert", certificates.client, "--cluster-tls-key", certificates.client_key)

    master = fleet.master(*authority, *own, *SHORT)
    for _ in range(2):
        fleet.worker(*authority, *theirs)

    assert master.await_end() == 0
    assert 120 <= master.request_count <= 190


def test_processes_share_their_masters_secret(fleet: Fleet) -> None:
    bind = ("--master-bind-host", "127.0.0.1", "--master-bind-port", str(fleet.port))
    node = fleet.start("--processes", "2", "--secure", "--only-summary", *bind, *SHORT[:-2])

    assert node.await_end() == 0
    assert 110 <= node.request_count <= 165
    assert "over TLS" in node.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--secure",), "--secure is for masters; workers join one with --join TOKEN"),
        (("--worker", "--join", "gjt1_x"), "A join token was wanted: gjt1_ and 96 letters"),
        (("--join", "gjt1_x"), "--join is for workers; a master prints its token with --secure"),
        (("--processes", "2", "--cluster-tls"), "--processes with --cluster-tls needs --worker too"),
        (("--master", "--cluster-tls"), "--cluster-tls needs --cluster-tls-cert too"),
        (("--master", "--cluster-tls-ca", "x"), "--cluster-tls-ca without --cluster-tls would encrypt nothing"),
        (("--master", "--cluster-tls", "--secure"), "--cluster-tls and --secure/--join are two ways to the same"),
    ],
)
def test_options_that_do_not_go_together_are_refused(fleet: Fleet, arguments: tuple[str, ...], message: str) -> None:
    node = fleet.start("--headless", *arguments)

    assert node.await_end() == 1
    assert message in node.output


def test_a_master_that_is_open_to_the_network_says_so_once(fleet: Fleet) -> None:
    locustfile = (
        "from locust import events\n"
        "@events.init_command_line_parser.add_listener\n"
        "def add(parser):\n"
        "    parser.add_argument('--api-key', is_secret=True)\n"
    )
    arguments = (
        "--master",
        "--headless",
        "--master-bind-port",
        "0",
        "--api-key",
        "hush",
        "--expect-workers-max-wait",
        "1",
    )
    node = fleet.start(*arguments, locustfile=locustfile + LOCUSTFILE)

    assert node.await_end() == 1
    assert node.output.count("Workers are awaited at '*' without encryption") == 1
    assert "and the secret options (--api-key)" in node.output
    assert "hush" not in node.output
