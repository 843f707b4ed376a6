"""Answers what command lines, environments and configuration files are parsed to.

A question has: arguments, files, environment, added (arguments of add_argument calls for the parser) and ask (which
function). The answer: what came out, or the exit code, and the first line and a hint of stderr.
"""

import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile

import locust.argument_parser
from locust import events

CLEAN = dict(os.environ)
# The parser takes its name from it.
sys.argv[0] = "locust"


def parsed(question):
    namespace = vars(locust.argument_parser.parse_options(question["arguments"]))
    return {key: value for key, value in namespace.items() if value != DEFAULTS.get(key, "absent")}


def early(question):
    found = locust.argument_parser.parse_locustfile_option(question["arguments"])
    return vars(found)


def form(question):
    return locust.argument_parser.ui_extra_args_dict(question["arguments"])


def paths(question):
    try:
        found = locust.argument_parser.parse_locustfile_paths(question["arguments"])
    except Exception as error:
        sys.stderr.write(str(error))
        sys.exit(1)
    # Upstream's order is the file system's.
    here = os.getcwd() + os.sep
    return sorted(path[len(here) :] if path.startswith(here) else os.path.basename(path) for path in found)


ASKED = {"parsed": parsed, "early": early, "form": form, "paths": paths}


def answer(question):
    os.environ.clear()
    os.environ.update(CLEAN)
    os.environ.update(question["environment"])
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        os.chdir(folder)
        os.environ["HOME"] = folder
        for name, content in question["files"].items():
            path = pathlib.Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        added = question["added"]

        def add(parser, **_):
            for flags, keywords in added:
                keywords = dict(keywords)
                if keywords.get("type"):
                    keywords["type"] = {"int": int, "float": float, "str": str}[keywords["type"]]
                parser.add_argument(*flags, **keywords)

        events.init_command_line_parser.add_listener(add)
        stdout, stderr = io.StringIO(), io.StringIO()
        try:
            with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
                value = ASKED[question["ask"]](question)
            return {"value": json.loads(json.dumps(value, default=repr))}
        except SystemExit as end:
            said = stderr.getvalue().strip().replace(folder, "<folder>").splitlines()
            return {
                "exit code": end.code,
                "error": [line for line in said if "error: " in line or line.startswith("Did you mean")] or said[-1:],
            }
        except BaseException as error:
            return {"raised": type(error).__name__, "message": str(error).replace(folder, "<folder>")}
        finally:
            events.init_command_line_parser.remove_listener(add)
            os.chdir("/")


DEFAULTS = vars(locust.argument_parser.parse_options([]))
answers = {id: answer(question) for id, question in json.load(sys.stdin).items()}
print(json.dumps(answers))
