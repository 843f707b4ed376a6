"""Answers what a module offers: names, signatures, attributes and bases, by looking at what was imported."""

import enum
import importlib
import inspect
import json
import re
import sys
import types

# By Python itself: objects can be called, used in `with`, looped over.
CALLED = (
    "__call__", "__contains__", "__delitem__", "__enter__", "__exit__", "__getitem__", "__iter__", "__len__",
    "__next__", "__setitem__",
)  # fmt: skip
PLAIN = (bool, int, float, str, bytes, type(None))


def shown(value):
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"{type(value).__name__}{[shown(one) for one in value]}"
    if isinstance(value, dict):
        return f"dict{[(shown(key), shown(one)) for key, one in value.items()]}"
    if inspect.isclass(value) or inspect.isroutine(value):
        return getattr(value, "__qualname__", repr(value))
    return type(value).__name__


def signature(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return "none"
    words = []
    for parameter in parameters:
        default = "" if parameter.default is parameter.empty else f"={shown(parameter.default)}"
        words.append(f"{parameter.kind.name.lower()} {parameter.name}{default}")
    return words


def is_of_locust(value):
    return (getattr(value, "__module__", None) or "").split(".")[0] in ("locust", "pytest_locust")


def member(owner, name):
    try:
        value = inspect.getattr_static(owner, name)
    except AttributeError:
        return {"kind": "instance"}
    if isinstance(value, (staticmethod, classmethod)):
        return {"kind": type(value).__name__, "signature": signature(value.__func__)}
    if isinstance(value, property):
        return {"kind": "property", "settable": value.fset is not None}
    if inspect.isfunction(value):
        return {"kind": "method", "signature": signature(value)}
    if isinstance(value, types.MemberDescriptorType) or not hasattr(owner, name):
        return {"kind": "instance"}
    if inspect.isclass(value):
        return {"kind": "class"}
    if callable(value) or hasattr(value, "__get__"):
        return {"kind": "method"}
    return {"kind": "value", "value": shown(value)}


def described_class(value, everything):
    own = {
        name
        for base in value.__mro__
        if everything or is_of_locust(base)
        for name in (*vars(base), *inspect.get_annotations(base))
        if (not name.startswith("_") or name in CALLED)
        if everything or (name in vars(base) and not isinstance(vars(base)[name], types.MemberDescriptorType))
    }
    answer = {
        "kind": "enum" if issubclass(value, enum.Enum) else "class",
        "bases": [base.__name__ for base in value.__mro__ if not base.__name__.startswith("_")],
        "signature": signature(value),
        "has a metaclass": is_of_locust(type(value)),
    }
    for name in sorted(own):
        answer[f".{name}"] = member(value, name)
    return answer


def described(value, everything):
    if inspect.isclass(value):
        return described_class(value, everything)
    if inspect.isroutine(value) or hasattr(value, "__wrapped__"):
        return {"kind": "function", "signature": signature(value)}
    return {
        "kind": "value",
        "value": re.sub(r"'/.*?(/site-packages|/src)/", "'/", re.sub(r"0x[0-9a-f]+", "0x", shown(value))),
    }


def is_public(name, value):
    if (
        name.startswith("_")
        or name in ("TYPE_CHECKING", "UTC", "version", "basestring")
        # Flask's proxies stand for something during a request only.
        or type(value).__name__ in ("module", "TypeVar", "LocalProxy")
    ):
        return False
    if getattr(value, "__module__", None) in ("typing", "__future__", "typing_extensions", "collections.abc"):
        return False
    if inspect.isclass(value) or inspect.isroutine(value):
        return is_of_locust(value)
    return True


def names_of(module):
    found = dict(vars(module))
    for name in getattr(module, "__all__", ()):
        found[name] = getattr(module, name)
    return found


def offered(name, asked):
    """Describes a module's public names, or those asked for."""
    module = importlib.import_module(name)
    answer = {}
    for found in asked or sorted(key for key, value in names_of(module).items() if is_public(key, value)):
        try:
            value = getattr(module, found)
        except AttributeError:
            answer[found] = {"kind": "absent"}
        else:
            answer[found] = described(value, bool(asked))
            answer[found]["is imported"] = getattr(value, "__module__", name) != name
    return answer


answers = {}
for name, asked in json.load(sys.stdin).items():
    try:
        answers[name] = offered(name, asked)
    except Exception as error:
        answers[name] = {"": {"kind": "not importable", "error": type(error).__name__, "text": str(error)[:200]}}
print(json.dumps(answers))
