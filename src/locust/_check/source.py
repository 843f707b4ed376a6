"""What can be told from a locustfile's text alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from locust._check.findings import Finding

VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
# Of these the URL is the second argument.
GENERAL: Final = frozenset({"request", "rest", "rest_"})

BLOCKING_CALLS: Final = {
    "os.system": "use subprocess.run(): it lets the other users run meanwhile",
    "input": "nobody can answer it in a load test",
    "asyncio.run": "its loop takes the thread that all users share: use a client that isn't asynchronous",
    "signal.pause": "use gevent.event.Event().wait()",
    "multiprocessing.Pool": "start the run with --processes for more cores",
}
BLOCKING_METHODS: Final = {
    "run_until_complete": "an asyncio loop takes the thread that all users share: use a client that isn't asynchronous",
}
BLOCKING_MODULES: Final = {
    "psycopg2": ("psycogreen", "let psycogreen.gevent.patch_psycopg() patch it, or use psycopg 3"),
    "MySQLdb": (None, "use PyMySQL, which is plain Python"),
    "pymssql": (None, "use python-tds, which is plain Python"),
    "cx_Oracle": (None, "use oracledb in its thin mode"),
    "pyodbc": (None, "run its calls in gevent.get_hub().threadpool"),
    "confluent_kafka": (None, "use kafka-python, or poll it in gevent.get_hub().threadpool"),
    "pycurl": (None, "use the user's client"),
    "grpc": ("init_gevent", "call grpc.experimental.gevent.init_gevent() first"),
}
UNMEASURED_MODULES: Final = frozenset({"requests", "httpx", "urllib3", "urllib.request"})


def check_source(path: str, text: str) -> list[Finding]:
    """Applies the rules that need no import.

    Args:
        path: of the file, for the findings.
        text: what is in it; Python that parses.
    """
    tree = ast.parse(text, path)
    reader = _Reader(path, tree, text)
    reader.visit(tree)
    return reader.findings


class _Reader(ast.NodeVisitor):
    """Walks a file, knowing in which class and function it is."""

    def __init__(self, path: str, tree: ast.Module, text: str) -> None:
        self.findings: list[Finding] = []
        self._path = path
        self._text = text
        self._aliases = dict(_imported_names(tree))
        self._constants = {
            target.id
            for statement in tree.body
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(statement.value, ast.Constant)
            for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
            if isinstance(target, ast.Name)
        }
        self._classes: list[ast.ClassDef] = []
        self._functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
        self._contexts: set[ast.expr] = set()
        self._renaming = 0

    # --- where we are -------------------------------------------------------------------------------------------------

    def visit_Module(self, node: ast.Module) -> None:
        self._check_duplicates(node.body, (ast.ClassDef,))
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._check_duplicates(node.body, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        outer, self._functions = self._functions, []
        self._classes.append(node)
        if self._is_http_user(node):
            self._check_timeouts(node)
        self.generic_visit(node)
        self._classes.pop()
        self._functions = outer

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        if _is_task(node):
            self._find(node, "async-task", f"'{node.name}' is `async def`, so it never runs: make it `def`")
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    def visit_With(self, node: ast.With) -> None:
        contexts = [item.context_expr for item in node.items]
        self._contexts.update(contexts)
        is_renaming = any(
            isinstance(context, ast.Call)
            and isinstance(context.func, ast.Attribute)
            and context.func.attr == "rename_request"
            for context in contexts
        )
        for item in node.items:
            self._check_uncaught_outcome(node, item)
        self._renaming += is_renaming
        self.generic_visit(node)
        self._renaming -= is_renaming

    # --- what to look at ----------------------------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._check_module(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module:
            self._check_module(node, node.module)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if (
                isinstance(target, ast.Attribute)
                and target.attr == "verify"
                and _is_client(target.value)
                and _is_constant(node.value, False)
            ):
                self._find(node, "unverified-tls", "the client's `verify` is off: point it to your CA's file instead")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = self._full_name(node.func)
        if self._functions:
            self._check_blocking(node, name)
            self._check_unmeasured(node, name)
        if _is_request(node):
            self._check_request(node)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        if (
            self._functions
            and _is_task(self._functions[-1])
            and isinstance(node.test, ast.Constant)
            and node.test.value
            and not _can_leave(node)
        ):
            self._find(
                node,
                "endless-task",
                f"nothing leaves this loop, so '{self._functions[-1].name}' never ends and no wait time applies: "
                "do one round in a task, Locust repeats it",
            )
        self.generic_visit(node)

    # --- rules --------------------------------------------------------------------------------------------------------

    def _check_module(self, node: ast.stmt, module: str) -> None:
        root = module.split(".")[0]
        cure, advice = BLOCKING_MODULES.get(root, (None, None))
        if advice and not (cure and cure in self._text):
            self._find(node, "blocking-call", f"{root} waits outside of Python and stops all users meanwhile: {advice}")

    def _check_blocking(self, node: ast.Call, name: str) -> None:
        advice = BLOCKING_CALLS.get(name)
        if advice is None and isinstance(node.func, ast.Attribute):
            advice = BLOCKING_METHODS.get(node.func.attr)
        if advice:
            called = name or ast.unparse(node.func)
            self._find(node, "blocking-call", f"{called}() stops all users of this process: {advice}")

    def _check_unmeasured(self, node: ast.Call, name: str) -> None:
        module, _, function = name.rpartition(".")
        if module in UNMEASURED_MODULES and function in VERBS | {"request", "urlopen"} and self._is_in_user():
            self._find(node, "unmeasured-request", f"nothing counts {name}(): use the user's client")

    def _check_request(self, node: ast.Call) -> None:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if _is_constant(keywords.get("verify"), False):
            self._find(node, "unverified-tls", "`verify=False`: give the file of your CA instead")
        if _is_constant(keywords.get("catch_response"), True) and not self._is_context(node):
            self._find(
                node,
                "catch-without-with",
                "`catch_response=True` needs a `with` block, at whose end the request is counted",
            )
        # A mapping may bring the name.
        if "name" in keywords or None in keywords or self._renaming:
            return
        url = self._url_of(node)
        if url is not None and self._varies(url):
            self._find(
                node,
                "unnamed-url",
                f"each value in {ast.unparse(url)} makes a line of its own in the statistics: "
                f'add name="{_suggested_name(url)}" or the like',
            )

    def _check_timeouts(self, node: ast.ClassDef) -> None:
        requests = [call for call in ast.walk(node) if isinstance(call, ast.Call) and _is_request(call)]
        bare = [call for call in requests if not any(keyword.arg in ("timeout", None) for keyword in call.keywords)]
        if bare:
            self._find(
                node,
                "no-timeout",
                f"{len(bare)} of {len(requests)} requests of {node.name} have no timeout: a server that doesn't answer "
                "holds the user for ever. Add timeout=…, or use FastHttpUser, whose network_timeout is 60 s",
            )

    def _check_uncaught_outcome(self, node: ast.With, item: ast.withitem) -> None:
        call = item.context_expr
        if not (isinstance(call, ast.Call) and _is_request(call) and isinstance(item.optional_vars, ast.Name)):
            return
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        is_rest = isinstance(call.func, ast.Attribute) and call.func.attr in ("rest", "rest_")
        if is_rest or None in keywords or "catch_response" in keywords:
            return
        for inner in ast.walk(node):
            if (
                isinstance(inner, ast.Call)
                and isinstance(inner.func, ast.Attribute)
                and inner.func.attr in ("success", "failure")
                and isinstance(inner.func.value, ast.Name)
                and inner.func.value.id == item.optional_vars.id
            ):
                self._find(
                    inner, "success-without-catch", f"{inner.func.attr}() needs `catch_response=True` in the request"
                )

    def _check_duplicates(self, body: list[ast.stmt], kinds: tuple[type[ast.stmt], ...]) -> None:
        first: dict[str, ast.stmt] = {}
        for statement in body:
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            if not isinstance(statement, kinds) or _replaces_on_purpose(statement):
                continue
            if statement.name in first:
                self._find(
                    statement,
                    "duplicate-name",
                    f"'{statement.name}' takes the place of the one in line {first[statement.name].lineno}, "
                    "which is lost: name one of them otherwise",
                )
            first[statement.name] = statement

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _find(self, node: ast.stmt | ast.expr, rule: str, message: str) -> None:
        self.findings.append(Finding(self._path, node.lineno, rule, message))

    def _is_in_user(self) -> bool:
        return any(_bases_end_with(each, ("User", "TaskSet")) for each in self._classes)

    def _is_http_user(self, node: ast.ClassDef) -> bool:
        return _bases_end_with(node, ("HttpUser",)) and not _bases_end_with(node, ("FastHttpUser",))

    def _is_context(self, node: ast.Call) -> bool:
        """Whether it opens a `with` block, or its result may go to one later."""
        if node in self._contexts:
            return True
        scope = self._functions[-1] if self._functions else None
        if scope is None:
            return False
        names = {item.context_expr.id for item in _with_items(scope) if isinstance(item.context_expr, ast.Name)}
        for statement in ast.walk(scope):
            if isinstance(statement, ast.Assign) and statement.value is node:
                return any(isinstance(target, ast.Name) and target.id in names for target in statement.targets)
            if isinstance(statement, ast.Return) and statement.value is node:
                return True
            if isinstance(statement, ast.Call) and node in statement.args:  # enter_context(…)
                return True
        return False

    def _url_of(self, node: ast.Call) -> ast.expr | None:
        assert isinstance(node.func, ast.Attribute)
        for keyword in node.keywords:
            if keyword.arg == "url":
                return keyword.value
        position = 1 if node.func.attr in GENERAL else 0
        return node.args[position] if len(node.args) > position else None

    def _varies(self, url: ast.expr) -> bool:
        """Whether values of the moment are put into it."""
        if isinstance(url, ast.JoinedStr):
            return any(isinstance(part, ast.FormattedValue) and not self._is_fixed(part.value) for part in url.values)
        if isinstance(url, ast.BinOp):
            parts = [url.left, url.right]
            is_text = any(self._varies(part) or _is_text(part) for part in parts)
            return is_text and any(self._varies(part) or not self._is_fixed(part) for part in parts)
        if isinstance(url, ast.Call) and isinstance(url.func, ast.Attribute) and url.func.attr == "format":
            values = [*url.args, *(keyword.value for keyword in url.keywords)]
            return any(not self._is_fixed(value) for value in values)
        if isinstance(url, ast.Name) and self._functions:
            assigned = [
                statement.value
                for statement in ast.walk(self._functions[-1])
                if isinstance(statement, ast.Assign)
                and any(isinstance(target, ast.Name) and target.id == url.id for target in statement.targets)
            ]
            return any(not isinstance(value, ast.Name) and self._varies(value) for value in assigned)
        return False

    def _is_fixed(self, value: ast.expr) -> bool:
        """Whether it's the same for all requests, as far as can be told."""
        if isinstance(value, ast.Constant):
            return True
        if isinstance(value, ast.Name):
            return value.id in self._constants or value.id.isupper()
        if isinstance(value, ast.Attribute):
            return value.attr.isupper() or value.attr in ("host", "base_url", "base_path", "prefix")
        if isinstance(value, (ast.JoinedStr, ast.BinOp)):
            return not self._varies(value)
        return False

    def _full_name(self, function: ast.expr) -> str:
        """Dotted name of what is called, with what the file's imports say; empty when it's no plain name."""
        parts: list[str] = []
        while isinstance(function, ast.Attribute):
            parts.append(function.attr)
            function = function.value
        if not isinstance(function, ast.Name):
            return ""
        return ".".join([self._aliases.get(function.id, function.id), *reversed(parts)])


def _imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _is_request(node: ast.Call) -> bool:
    function = node.func
    if not isinstance(function, ast.Attribute):
        return False
    if function.attr in ("rest", "rest_"):
        return True
    return function.attr in VERBS | {"request"} and _is_client(function.value)


def _is_client(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "client") or (
        isinstance(node, ast.Name) and node.id == "client"
    )


def _is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_task(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for decorator in node.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", None)) == "task":
            return True
    return False


def _can_leave(loop: ast.While) -> bool:
    exits = (ast.Break, ast.Return, ast.Raise)
    return any(
        isinstance(node, exits)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "interrupt")
        for node in ast.walk(loop)
    )


def _bases_end_with(node: ast.ClassDef, endings: tuple[str, ...]) -> bool:
    names = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases]
    return any(name.endswith(endings) for name in names)


def _replaces_on_purpose(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether a decorator makes a second definition of the name right: a property's setter, an overload."""
    for decorator in node.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        word = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
        if word in ("setter", "getter", "deleter", "overload", "register", "add_listener"):
            return True
    return False


def _with_items(scope: ast.AST) -> Iterator[ast.withitem]:
    for node in ast.walk(scope):
        if isinstance(node, ast.With):
            yield from node.items


def _suggested_name(url: ast.expr) -> str:
    """The URL with words in brackets in place of values."""
    if isinstance(url, ast.Constant):
        return str(url.value)
    if isinstance(url, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"[{_word_of(part)}]" for part in url.values
        )
    if isinstance(url, ast.BinOp) and isinstance(url.op, ast.Add):
        return "".join(
            _suggested_name(part) if _is_text(part) or isinstance(part, ast.BinOp) else f"[{_word_of(part)}]"
            for part in (url.left, url.right)
        )
    if isinstance(url, ast.BinOp) and isinstance(url.left, ast.Constant):
        return re.sub(r"%[-+#0-9.]*[a-z]", "[id]", str(url.left.value))
    if isinstance(url, ast.Call) and isinstance(url.func, ast.Attribute) and isinstance(url.func.value, ast.Constant):
        return re.sub(r"\{[^}]*\}", "[id]", str(url.func.value.value))
    return "/path/[id]"


def _word_of(node: ast.expr) -> str:
    """A word for a value: its name, or `id`."""
    if isinstance(node, ast.FormattedValue):
        return _word_of(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else "id"
