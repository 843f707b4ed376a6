"""Answers what modules of plugins have once they are imported, or what they raise."""

import importlib
import json
import sys

import locust  # noqa: F401  (it patches what they import)

question = json.load(sys.stdin)
sys.path.append(question["folder"])


def found(name):
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        return {"raises": f"{type(error).__name__}: {error}"}
    return {"names": sorted(each for each in vars(module) if not each.startswith("__"))}


print(json.dumps({name: found(name) for name in question["modules"]}))
