"""The command line, configuration files and environment."""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import tempfile
import threading

import pytest

import locust
from locust import argument_parser
from locust._options import OPTIONS
from locust.argument_parser import (
    default_args_dict,
    get_locustfiles_locally,
    get_parser,
    parse_locustfile_option,
    parse_locustfile_paths,
    parse_options,
    ui_extra_args_dict,
)
from locust.event import Events
from locust.exception import LocustError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """A current folder and a home without configuration files, an environment without options, no listeners."""
    home = tmp_path / "home"
    here = tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    for name in os.environ:
        if name.startswith("LOCUST_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(locust, "events", Events())
    return here


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


# --- arguments ---


def test_without_arguments_every_option_has_its_default() -> None:
    wanted = {option.dest: option.default for option in OPTIONS if option.kind not in ("help", "version")}

    assert vars(parse_options([])) == wanted | {"stop_timeout": 0, "user_classes": []}


def test_arguments_are_read_as_what_they_are() -> None:
    line = "-u 10 -r 2.5 -t 1h20m -s 30s -L debug -T a b -E c -H http://x --headless Visitor Member"

    options = parse_options(line.replace(" Visitor", " -P 1 Visitor").split())

    assert (options.num_users, options.spawn_rate, options.run_time, options.stop_timeout) == (10, 2.5, 4800, 30)
    assert (options.tags, options.exclude_tags, options.user_classes) == (["a", "b"], ["c"], ["Visitor", "Member"])
    assert (options.loglevel, options.host, options.headless, options.web_port) == ("DEBUG", "http://x", True, 1)


def test_unambiguous_prefixes_are_enough() -> None:
    options = parse_options(["--run", "5", "--skip-log", "--only"])

    assert (options.run_time, options.skip_log_setup, options.only_summary) == (5, True, True)


def test_what_follows_two_dashes_is_a_user_class() -> None:
    assert parse_options(["--", "demo"]).user_classes == ["demo"]


# Texts of Locust 2.47.0.
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--hedless", "unrecognized arguments: --hedless\nDid you mean '--headless'?"),
        ("--print-sats", "unrecognized arguments: --print-sats\nDid you mean '--print-stats'?"),
        ("--usrs 3 --hostt x", "unrecognized arguments: --usrs --hostt x\nDid you mean '--users'?"),
        ("--foo", "unrecognized arguments: --foo"),
        ("--head", "ambiguous option: --head could match --headless, --headful"),
        ("-u x", "argument -u/--users: invalid int value: 'x'"),
        ("-r 0", "argument -r/--spawn-rate: must be > 0"),
        ("-r x", "argument -r/--spawn-rate: invalid float value: 'x'"),
        (
            "-t 1d",
            "argument -t/--run-time: Invalid time span format. Valid formats: 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc.",
        ),
        ("--csv-full-history", "'--csv-full-history' requires '--csv'."),
        ("--slave", "argument --slave: The --slave parameter has been renamed --worker"),
        (
            "--expect-slaves",
            "argument --expect-slaves: The --expect-slaves parameter has been renamed --expect-workers",
        ),
        ("--legacy-ui", "argument --legacy-ui: --legacy-ui is no longer supported, remove the parameter to continue"),
        (
            "--web-auth a:b",
            "argument --web-auth: The --web-auth parameters has been replaced with --web-login. "
            "See https://docs.locust.io/en/stable/extending-locust.html#authentication for details",
        ),
    ],
)
def test_a_wrong_command_line_is_explained_as_upstream_does(line: str, message: str, capsys) -> None:
    assert refused(line.split(), capsys) == f"locust: error: {message}\n"


def test_an_unknown_log_level_is_refused_with_those_there_are(capsys) -> None:
    message = refused(["--loglevel", "foo"], capsys)

    assert "argument --loglevel/-L: invalid choice: 'FOO'" in message
    assert "CRITICAL" in message


def test_help_starts_and_is_divided_as_scripts_expect(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(["--help"])

    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert text.startswith("Usage: locust [options] [UserClass ...]\n\nCommon options:\n")
    assert "\nLogging options:\n" in text
    assert "--skip-log-setup      Disable Locust's logging setup." in text
    hidden = [option.flags[0] for option in OPTIONS if option.help is None]
    assert [flag for flag in hidden if f"  {flag} " in text] == []


# --- environment and files ---


def test_the_environment_gives_options(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"LOCUST_USERS": "3", "LOCUST_HEADLESS": "yes", "LOCUST_TAGS": "a b", "LOCUST_EXCLUDE_TAGS": "[c, d]"}
    for name, value in {**variables, "LOCUST_USER_CLASSES": "Visitor Member"}.items():
        monkeypatch.setenv(name, value)

    options = parse_options([])

    # A blank does not separate tags: Locust 2.47 reads one tag.
    assert (options.tags, options.exclude_tags) == (["a b"], ["c", "d"])
    assert (options.num_users, options.headless, options.user_classes) == (3, True, ["Visitor", "Member"])


@pytest.mark.parametrize("value", ["", "maybe"])
def test_a_flag_in_the_environment_is_a_word_for_yes_or_no(value: str, monkeypatch, capsys) -> None:
    monkeypatch.setenv("LOCUST_HEADLESS", value)

    message = refused([], capsys)

    assert message.startswith(
        f"locust: error: Unexpected value for LOCUST_HEADLESS: '{value}'. Expecting 'true', 'false'"
    )


def test_later_sources_win_over_earlier_ones(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = []

    def host() -> str | None:
        return parse_options(sources).host

    assert host() is None
    (folder.parent / "home" / ".locust.conf").write_text("host = http://home")
    assert host() == "http://home"
    (folder / "locust.conf").write_text("host = http://here")
    assert host() == "http://here"
    # Upstream's documentation says otherwise, its behaviour is this (2.47.0).
    (folder / "pyproject.toml").write_text('[tool.locust]\nhost = "http://pyproject"')
    assert host() == "http://pyproject"
    (folder / "more.conf").write_text("host = http://more")
    sources += ["--config", "more.conf"]
    assert host() == "http://more"
    monkeypatch.setenv("LOCUST_HOST", "http://environment")
    assert host() == "http://environment"
    sources += ["--host", "http://argument"]
    assert host() == "http://argument"


def test_a_line_of_a_configuration_file_is_written_in_many_ways(folder) -> None:
    (folder / "locust.conf").write_text(
        "# a comment\nheadless\nhost = http://x\nrun-time 5\nu = 2\nonly-summary = true\nprofile: p\ntags = [a, b]\n"
    )

    options = parse_options([])

    assert (options.headless, options.host, options.run_time, options.num_users) == (True, "http://x", 5, 2)
    assert (options.only_summary, options.profile, options.tags) == (True, "p", ["a", "b"])


def test_toml_keeps_its_kinds(folder) -> None:
    (folder / "any.toml").write_text(
        '[tool.locust]\nusers = 4\nheadless = true\nonly-summary = false\ntags = ["a", 1]\n'
    )

    options = parse_options(["--config", "any.toml"])

    assert (options.num_users, options.headless, options.only_summary, options.tags) == (4, True, False, ["a", "1"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.conf", "nonsense: 9", "unrecognized arguments: --nonsense=9"),
        ("x.conf", "num-users: 9", "unrecognized arguments: --num-users=9\nDid you mean '--users'?"),
        ("x.toml", "x=", "Couldn't parse TOML file: x.toml: Invalid value (at "),
        ("x.toml", "[tool]\nlocust = 3", "x.toml: [tool.locust] is to be a table of options, not 3"),
        ("x.conf", None, "Unable to open config file: x.conf."),
    ],
)
def test_a_wrong_configuration_file_is_explained(name, content, message, folder, capsys) -> None:
    if content is not None:
        (folder / name).write_text(content)

    assert refused(["--config", name], capsys).startswith(f"locust: error: {message}")


# --- options of locustfiles ---


def add_options(parser, **kwargs) -> None:
    parser.add_argument("--mine", help="my own", env_var="MINE", default="nothing")
    parser.add_argument("--password", is_secret=True, default="secret")
    parser.add_argument("--needed", is_required=True, type=int, default=3)
    parser.add_argument("--many", is_multiple=True, choices=["a", "b"], default=["a"])
    parser.add_argument("--hidden", include_in_web_ui=False, default=1)


def test_a_locustfile_adds_options_that_files_and_environment_can_set(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    locust.events.init_command_line_parser.add_listener(add_options)
    (folder / "locust.conf").write_text("mine = file\nneeded = 5")

    from_file = parse_options([])
    monkeypatch.setenv("MINE", "environment")

    assert (from_file.mine, from_file.needed) == ("file", 5)
    assert parse_options([]).mine == "environment"
    assert parse_options(["--mi", "argument"]).mine == "argument"


def test_the_web_ui_learns_of_added_options_only() -> None:
    locust.events.init_command_line_parser.add_listener(add_options)
    plain = {"is_secret": False, "is_required": False, "help_text": None, "is_multiple": False, "choices": None}

    assert ui_extra_args_dict(["--mine", "x"]) == {
        "mine": plain | {"default_value": "x", "help_text": "my own"},
        "password": plain | {"default_value": "secret", "is_secret": True},
        "needed": plain | {"default_value": 3, "is_required": True},
        "many": plain | {"default_value": ["a"], "is_multiple": True, "choices": ["a", "b"]},
    }


def test_the_parser_knows_how_to_show_added_options() -> None:
    locust.events.init_command_line_parser.add_listener(add_options)

    parser = get_parser()

    assert list(parser.secret_args_included_in_web_ui) == ["password"]
    assert list(parser.required_args_included_in_web_ui) == ["needed"]
    assert list(parser.multiple_args_included_in_web_ui) == ["many"]
    assert "hidden" not in parser.args_included_in_web_ui


def test_plugins_find_the_group_of_statistics_options() -> None:
    titles = [group.title for group in get_parser()._action_groups]

    # Locust 2.47.0 has these but for ours, in this order, after argparse's own group of positional arguments.
    assert titles[1:] == [
        "Common options",
        "Web UI options",
        "Master options",
        "Worker options",
        "Tag options",
        "Request statistics options",
        "Logging options",
        "Other options",
        "Cluster options",
        "User classes",
    ]


def test_defaults_come_by_name(folder) -> None:
    (folder / "locust.conf").write_text("users = 7")
    locust.events.init_command_line_parser.add_listener(add_options)

    defaults = default_args_dict()

    assert (defaults["num_users"], defaults["mine"], defaults["stop_timeout"]) == (None, "nothing", 0)


# --- locustfiles ---


def test_the_first_pass_reads_what_finds_the_locustfile_and_skips_the_rest() -> None:
    options = parse_locustfile_option(["-f", "a.py,b.py", "--unknown", "-u", "3", "--worker", "-h"])

    assert vars(options) == {
        "help": True,
        "version": False,
        "locustfile": "a.py,b.py",
        "config": None,
        "master": False,
        "worker": True,
        "master_host": "127.0.0.1",
        "master_port": 5557,
    }


@pytest.mark.parametrize(
    "line", ["-lf a.py", "-lu3 -f a.py", "-T x y -fa.py", "-s 3 -fa.py --run 5", "-f a.py --web x"]
)
def test_the_first_pass_reads_letters_that_stand_together(line: str) -> None:
    assert parse_locustfile_option(line.split()).locustfile == "a.py"


def test_a_configuration_file_can_name_the_locustfile(folder) -> None:
    (folder / "locust.conf").write_text("locustfile = other.py\nheadless")

    assert parse_locustfile_option([]).locustfile == "other.py"


@pytest.fixture
def files(folder):
    for name in ("a.py", "b.py", "tests/c.py", "tests/deep/d.py", "tests/_private.py", "tests/notes.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (folder / "empty").mkdir()
    return folder


def test_locustfiles_are_files_and_what_is_in_folders(files) -> None:
    found = get_locustfiles_locally(argparse.Namespace(locustfile="b.py, tests", worker=False))

    assert found == [str(files / name) for name in ("b.py", "tests/c.py", "tests/deep/d.py")]


# Texts of Locust 2.47.0.
@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "none.py",
            "Could not find 'none.py'. Ensure your locustfile ends with '.py' or is a directory with locustfiles. "
            "See --help for available options.",
        ),
        (
            "tests/notes.txt",
            "Could not find 'tests/notes.txt'. Ensure your locustfile ends with '.py' or is a directory with "
            "locustfiles. See --help for available options.",
        ),
        ("empty", "Could not find any locustfiles in directory 'empty'"),
        ("-", "locustfile was set to '-' (meaning to download from master) but --worker was not specified."),
    ],
)
def test_a_locustfile_that_is_not_there_is_explained_as_upstream_does(path: str, message: str, files) -> None:
    with pytest.raises(LocustError) as refusal:
        get_locustfiles_locally(argparse.Namespace(locustfile=path, worker=False))

    assert str(refusal.value) == message


@pytest.fixture
def site(folder):
    """URL of a server of the files in the current folder."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def test_a_locustfile_is_fetched_from_a_url(site: str, folder) -> None:
    (folder / "remote.py").write_text("x = 'ä'\n", encoding="utf-8")

    path = parse_locustfile_paths([f"{site}/remote.py?version=2"])[0]

    assert os.path.basename(path) == "remote.py"
    with open(path, encoding="utf-8") as file:
        assert file.read() == "x = 'ä'\n"


def test_what_a_server_calls_its_file_can_not_choose_where_it_goes(site: str, folder) -> None:
    (folder / "x.py").write_text("")

    path = parse_locustfile_paths([f"{site}/sub%2F..%2Fx.py"])[0]

    folder_of_its_own, name = os.path.split(path)
    assert name == "x.py"
    assert os.path.dirname(folder_of_its_own) == tempfile.gettempdir()


def test_a_page_that_is_no_python_is_refused(site: str, folder) -> None:
    (folder / "page.html").write_text("<html>")

    with pytest.raises(LocustError) as refusal:
        parse_locustfile_paths([f"{site}/page.html"])

    assert str(refusal.value) == (
        f"Failed to get locustfile from: {site}/page.html. Response was not valid python code: '<html>'"
    )


def test_a_url_that_gives_nothing_is_explained(site: str) -> None:
    with pytest.raises(LocustError, match=r"^Failed to get locustfile from: .*none\.py\. Exception: 404"):
        argument_parser.download_locustfile_from_url(f"{site}/none.py")


@pytest.mark.parametrize("prefix", ["--cl", "--class"])
def test_an_abbreviation_means_what_it_means_in_2_47_though_we_have_more_options(prefix: str) -> None:
    options = parse_options([prefix])

    assert (options.class_picker, options.cluster_tls) == (True, False)


def test_our_own_options_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--secur"])
    assert "unrecognized arguments: --secur\nDid you mean '--secure'?" in capsys.readouterr().err
