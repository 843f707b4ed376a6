"""Answers which of some dotted names there are, and what they are like."""

import importlib
import json
import sys


def found(dotted):
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        try:
            for name in parts[length:]:
                value = getattr(value, name)
        except AttributeError:
            return "absent"
        return "class" if isinstance(value, type) else "callable" if callable(value) else "value"
    return "absent"


print(json.dumps({name: found(name) for name in json.load(sys.stdin)}))
