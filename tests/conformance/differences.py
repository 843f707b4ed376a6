"""Every intended difference from Locust 2.47.0, with its reason. One that isn't here fails, and so does one gone."""

from __future__ import annotations

from api_differences import API_DIFFERENCES
from beside import Difference
from web_differences import WEB_DIFFERENCES

RUNS = "test_cli_runs.py::test_a_run_looks_the_same"
CONFIG_USERS = "test_cli_runs.py::test_user_classes_are_configured_alike"
FILES = "test_cli_files.py::test_a_locustfile_is_read_alike"
CODES = "test_cli_endings.py::test_the_exit_code_is_the_same"
SIGNALS = "test_cli_endings.py::test_signals_do_the_same"
SHAPES = "test_cli_endings.py::test_a_shape_runs_alike"
LOCUSTFILES = "test_locustfiles.py::test_a_locustfile_runs_alike"
WEB = "test_cli_modes.py::test_a_run_with_the_web_ui_looks_the_same"
FLEET = "test_cli_modes.py::test_a_fleet_of_one_ends_alike"
PARSING = "test_cli_parsing.py::test_options_mean_the_same"

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "test_fleet.py::test_a_master_logs_the_same",
        ("lines",),
        "messages are heard while users are spread anew, so that all are seen to be there",
        "0006",
        ("All users spawned",),
    ),
    Difference(
        "test_fleet.py::test_a_master_logs_the_same_of_lost_workers",
        ("lines",),
        "messages are heard while users are spread anew, and a returned worker gets its share at once",
        "0006",
        ("All users spawned",),
    ),
    Difference(
        "test_fleet.py::test_a_master_says_the_same_when_workers_are_lost",
        ("users",),
        "a returned worker gets its share at once",
        "0006",
        ("h_a", "h_b"),
    ),
    Difference(
        RUNS,
        ("tables",),
        "JSON is no reason to hide the tables, or to empty them",
        "0005",
        ("json file", "json file with a suffix", "json and its log"),
    ),
    Difference(
        RUNS,
        ("stderr",),
        "the message about the host says it all, without a traceback of our own code",
        "0005",
        ("no host",),
    ),
    Difference(
        "test_cli_runs.py::test_the_environment_says_the_same",
        ("stderr",),
        "the message about the host says it all, without a traceback of our own code",
        "0005",
        ("empty host",),
    ),
    Difference(RUNS, ("stderr",), "our spawning has no trouble with high rates", "0005", ("a high rate",)),
    Difference(
        RUNS,
        ("exit code", "stderr", "tables"),
        "refused at once, instead of a run without users that ends with 2",
        "0005",
        ("negative users",),
    ),
    Difference(
        RUNS,
        ("exit code", "stderr", "tables"),
        "a slash too many is not requested",
        "0005",
        ("the host ends in a slash",),
    ),
    Difference(
        CONFIG_USERS,
        ("stderr",),
        "the run says that there is nobody to spawn",
        "0005",
        ("weight",),
    ),
    Difference(
        CONFIG_USERS,
        ("stderr",),
        "upstream names a function of its own, not what is wrong",
        "0005",
        ("a number",),
    ),
    Difference(
        PARSING,
        ("error",),
        "upstream names a function of its own, not the kind of number",
        "0005",
        (
            "bad: -r x",
            "bad: -r ''",
            "bad: --config-users '[1]'",
            "variable: LOCUST_SPAWN_RATE=x",
            "variable: LOCUST_SPAWN_RATE=",
            "files: bad values of two",
        ),
    ),
    Difference(
        PARSING,
        ("error",),
        "of up to four files, the message says which one is broken",
        "0005",
        (
            "toml: users =",
            "toml: users = 5; users = 6",
            "files: toml given that is none",
            "files: a bad pyproject",
        ),
    ),
    Difference(
        PARSING,
        ("value", "exit code", "error"),
        "options that are no table were meant as something",
        "0005",
        ("files: no table",),
    ),
    Difference(
        PARSING,
        ("value",),
        "the file is found when its letter stands with others, as the second pass finds it",
        "0005",
        ("early: -lf a.py",),
    ),
    Difference(
        PARSING,
        ("value", "exit code", "error"),
        "help waits for the locustfile, to show its options too",
        "0005",
        ("early: -h", "early: --help", "early: -hf a.py", "early: --help -f a.py", "early: --hel"),
    ),
    Difference(
        "test_cli_files.py::test_a_locustfile_is_found_alike",
        ("stderr",),
        "says the server's answer, not that its error page is no Python",
        "0005",
        ("-f {file:none.py}",),
    ),
    Difference(
        "test_cli_files.py::test_a_locustfile_is_found_alike",
        ("stderr",),
        "an answer of several lines stays one line of the message",
        "0005",
        ("-f {file:page.html}",),
    ),
    Difference(
        FILES,
        ("stderr",),
        "a traceback begins with the locustfile's own line, not with ours",
        "0005",
        ("a syntax error", "an indentation error"),
    ),
    Difference(FILES, ("stderr",), "it names the folder of the package", "0005", ("another missing name",)),
    Difference(
        FILES,
        ("exit code", "stderr"),
        "shells show both as 130; the traceback says nothing",
        "0005",
        ("an interrupt",),
    ),
    Difference(
        FILES,
        ("stderr",),
        "one line says what is wrong with the classes, without a traceback of our own code",
        "0005",
        ("a class by another name", "weight zero"),
    ),
    Difference(
        FILES,
        ("stderr",),
        "nothing was filtered: only the error about missing tasks is true",
        "0005",
        ("a class without tasks",),
    ),
    Difference(
        "test_cli_files.py::test_configuration_is_read_alike",
        ("stderr",),
        "of up to four files, the message says which one is broken",
        "0005",
        ("a broken table",),
    ),
    Difference(
        CODES,
        ("stderr",),
        "it is logged as everything else before the log is set up",
        "0005",
        ("exception in init_command_line_parser",),
    ),
    Difference(
        CODES,
        ("stderr",),
        "quit() of a listener completes at once; upstream goes on until the time limit",
        "0005",
        ("quit in test_start", "quit in spawning_complete"),
    ),
    Difference(CODES, ("stderr",), "the message names the classes, not a format string", "0005", ("wait time None",)),
    Difference(CODES, ("stderr",), "another wording of the same TypeError", "0005", ("a wait time of text",)),
    Difference(
        SIGNALS,
        ("tables",),
        "JSON is no reason to hide the tables, or to empty them",
        "0005",
        ("terminate, json file",),
    ),
    Difference(
        SIGNALS,
        ("exit code", "stderr", "tables"),
        "SIGTERM ends a run with a shape in order, as any other",
        "0005",
        ("terminate a shape",),
    ),
    Difference(
        SHAPES,
        ("stderr",),
        "a time limit that is ignored isn't announced after the run",
        "0005",
        ("a shape and a time", "a shape and all"),
    ),
    Difference(
        SHAPES,
        ("stderr",),
        "--run-time ends a run with a shape that uses the common options; upstream looks at it only afterwards",
        "0005",
        ("a shape with common options", "a shape that reads them"),
    ),
    Difference(
        SHAPES,
        ("stderr",),
        "the error says what tick() is to give",
        "0005",
        ("a tick that gives rubbish", "a tick that gives one number"),
    ),
    Difference(
        SHAPES,
        ("stderr",),
        "upstream waits for 2.7 users, and never has all",
        "0005",
        ("a tick of floats",),
    ),
    Difference(
        SHAPES,
        ("stderr",),
        "a traceback begins with the locustfile's own line, not with ours",
        "0005",
        ("a shape without tick",),
    ),
    Difference(
        LOCUSTFILES,
        ("exit code", "stderr"),
        "a session made by hand can send a prepared request",
        "0005",
        ("requests_session.py",),
    ),
    Difference(LOCUSTFILES, ("stdout",), "parse_options is as good as the command", "0005", ("subprocess_style.py",)),
    Difference(
        LOCUSTFILES,
        ("stderr",),
        "the warning names the locustfile's own line; nothing was filtered",
        "0005",
        ("task_set_attribute.py",),
    ),
    Difference(LOCUSTFILES, ("stdout",), "the titles have no column without a title", "0005", ("run_single.py",)),
    *API_DIFFERENCES,
    *WEB_DIFFERENCES,
    Difference(
        WEB,
        ("stderr",),
        "a time limit that is ignored isn't announced after the run",
        "0005",
        ("autostart a shape and options",),
    ),
    Difference(
        WEB,
        ("stderr",),
        "the message about the host says it all, without a traceback of our own code",
        "0005",
        ("autostart without host",),
    ),
    Difference(
        FLEET,
        ("stderr",),
        "it is logged as every other error",
        "0005",
        ("master and processes", "too few processes"),
    ),
    Difference(
        FLEET,
        ("stderr", "tables"),
        "a master that everybody reaches warns of it; there is nothing to show in a table before the run",
        "0005",
        ("master without workers", "master without two workers"),
    ),
    Difference(
        WEB,
        ("stderr",),
        "a UI that everybody reaches, without a login, is warned of",
        "0005",
        ("a display name",),
    ),
    Difference(
        FLEET,
        ("exit code", "stderr", "tables"),
        "a master that still waits ends in order, as any other",
        "0005",
        ("master, interrupt while waiting", "master, terminate while waiting"),
    ),
)
