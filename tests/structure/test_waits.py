"""Nothing waits without end: whatever may wait for a thread, process, file or machine says how
long, or is listed here with the reason why it cannot wait for long.

Read off the syntax tree, so that a new wait without an end goes red before it hangs anything.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.aws.clients import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, Clients

ROOT = Path(__file__).resolve().parents[2]
BLOCKING = {
    "acquire", "wait", "join", "result", "exception", "get", "recv", "accept", "communicate",
}  # fmt: skip
"""Methods that wait for ever when they are called without any argument."""
LIMITED = {
    "run": {"timeout"},
    "call": {"timeout"},
    "check_call": {"timeout"},
    "check_output": {"timeout"},
    "HTTPConnection": {"timeout"},
    "HTTPSConnection": {"timeout"},
    "create_connection": {"timeout"},
    "urlopen": {"timeout"},
    "connect": {"timeout"},
    "client": {"config"},
    "resource": {"config"},
    "wait": {"WaiterConfig", "timeout"},
    "acquire": {"timeout", "blocking"},
}
"""What these must be told, if they are those of OWNERS."""
OWNERS = {
    "run": "subprocess",
    "call": "subprocess",
    "check_call": "subprocess",
    "check_output": "subprocess",
    "Popen": "subprocess",
    "HTTPConnection": "client",
    "HTTPSConnection": "client",
    "create_connection": "socket",
    "urlopen": "request",
    "connect": "sqlite3",
    "client": "boto3",
    "resource": "boto3",
}
WAITING_MODULES = {
    "asyncio", "concurrent", "queue", "select", "selectors", "smtplib", "socketserver", "urllib3",
    "httpx", "requests",
}  # fmt: skip
LOCKS = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition"}
QUICK = {
    "append", "clear", "get", "move_to_end", "pop", "popitem", "remove", "setdefault", "test",
    "len", "Future",
}  # fmt: skip
"""What may be done while a lock is held that others wait for without a limit: nothing that could
wait itself."""
REASONS = {
    "infra/local/database.py acquire": "the job has just made this lock: nobody else has it",
    "infra/local/database.py with": "lists are read under it and nothing else",
    "chalicelib/aws/clients.py with": "boto3.client reads files of its package and asks nobody",
    "chalicelib/reports/asking.py result": "its own future, which it has just set or cancelled",
    "chalicelib/reports/asking.py import concurrent": "futures: waited for with a time, see there",
    "chalicelib/kit/aside.py get": "a context variable, which is there or not",
    "chalicelib/lake/gaps.py get": "a context variable, which is there or not",
    "chalicelib/kit/parallel.py import concurrent": "each work is storage calls, which end",
    "chalicelib/aws/events.py import concurrent": "each work is one call of DynamoDB, which ends",
    "meterlake_guard/guard.py import asyncio": "waits with a time, see areserve",
    "meterlake_guard/guard.py import concurrent": "futures: waited for with a time, see reserve",
    "meterlake_guard/guard.py get": "a context variable, which is there or not",
    "meterlake_guard/guard.py result": "of a future that is done",
    "meterlake_guard/guard.py with": "counts and looks at the clock",
    "meterlake_guard/metering.py import concurrent": "futures that are done, see _judge",
    "meterlake_guard/transport.py import concurrent": "futures that others wait for",
    "meterlake_guard/transport.py import queue": "taken from with a time, put without a wait",
    "meterlake_guard/transport.py with": "counts threads, and looks whether a queue is empty",
    "infra/local/server.py while": "a child looks at its parent for as long as it lives",
}
"""Places that need no time, and why."""


def sources() -> Iterator[Path]:
    yield ROOT / "app.py"
    for folder in ("chalicelib", "functions", "infra", "meterlake_guard"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def waits(text: str) -> Iterator[tuple[int, str]]:
    """(line, kind) of whatever may wait for ever in a module."""
    tree = ast.parse(text)
    locks = set(find_locks(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_endless(node):
            yield node.lineno, name_of(node.func)
        elif isinstance(node, ast.With):
            held = any(name_of(item.context_expr) in locks for item in node.items)
            if held and not QUICK.issuperset(calls_within(node)):
                yield node.lineno, "with"
        elif isinstance(node, ast.While) and not is_bounded(node):
            yield node.lineno, "while"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, f"import {name}") for name in imported(node))


def is_endless(call: ast.Call) -> bool:
    name, given = name_of(call.func), {word.arg for word in call.keywords}
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = name_of(call.func.value)
    if name == "flock":
        return not any("LOCK_NB" in ast.unparse(each) for each in call.args)
    if name in OWNERS and owner == OWNERS[name]:
        return not given & LIMITED.get(name, set())
    if name in BLOCKING:
        told = bool(call.args) or bool(given & LIMITED.get(name, {"timeout"}))
        # `acquire(True)` is as endless as `acquire()`, `wait(StackName=...)` as `wait()`.
        return not told or (name == "acquire" and len(call.args) == 1)
    return False


def is_bounded(loop: ast.While) -> bool:
    """Whether a loop does not sleep, or compares with something before it goes round again."""
    inner = list(ast.walk(loop))
    sleeps = any(isinstance(node, ast.Call) and name_of(node.func) == "sleep" for node in inner)
    ordered = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    compares = [node for node in inner if isinstance(node, ast.Compare)]
    return not sleeps or any(isinstance(node.ops[0], ordered) for node in compares)


def find_locks(tree: ast.AST) -> Iterator[str]:
    """Names of locks that the module makes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if name_of(node.value.func) in LOCKS:
                yield from map(name_of, targets)


def calls_within(block: ast.With) -> set[str]:
    inner = (node for statement in block.body for node in ast.walk(statement))
    return {name_of(node.func) for node in inner if isinstance(node, ast.Call)}


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    for name in names:
        if name.partition(".")[0] in WAITING_MODULES:
            yield name.partition(".")[0]


def name_of(node: ast.AST) -> str:
    """The last word of `a.b.c`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_nothing_waits_without_end() -> None:
    found: dict[str, list[str]] = {}
    for path in sources():
        place = str(path.relative_to(ROOT))
        for line, kind in waits(path.read_text()):
            found.setdefault(f"{place} {kind}", []).append(f"{place}:{line}")
    assert {name: lines for name, lines in found.items() if name not in REASONS} == {}
    assert set(REASONS) - set(found) == set(), "these are gone: take them off the list"


@pytest.mark.parametrize(
    "text",
    [
        "thread.join()",
        "lock.acquire()",
        "lock.acquire(True)",
        "event.wait()",
        "future.result()",
        "queue.get()",
        "waiter.wait(StackName='s')",
        "process.communicate()",
        "subprocess.run(['x'], check=True)",
        "subprocess.Popen(['x'])",
        "http.client.HTTPConnection('x')",
        "sqlite3.connect('x')",
        "boto3.client('s3')",
        "fcntl.flock(descriptor, fcntl.LOCK_EX)",
        "import queue",
        "from asyncio import run",
        "lock = threading.Lock()\nwith lock:\n    print()",
        "self._lock: Lock = Lock()\nwith self._lock:\n    self.read()",
        "while True:\n    time.sleep(1)",
    ],
)
def test_waits_without_end_are_found(text: str) -> None:
    assert list(waits(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "thread.join(1)",
        "', '.join(words)",
        "lock.acquire(timeout=1)",
        "lock.acquire(blocking=False)",
        "values.get(key)",
        "waiter.wait(StackName='s', WaiterConfig=poll)",
        "subprocess.run(['x'], check=True, timeout=1)",
        "boto3.client('s3', config=config)",
        "sqlite3.connect('x', timeout=1)",
        "fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "lock = threading.Lock()\nwith lock:\n    values.pop(key)",
        "while time.monotonic() < end:\n    time.sleep(1)",
    ],
)
def test_waits_with_an_end_are_not(text: str) -> None:
    assert list(waits(text)) == []


def test_clients_of_aws_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    config = Clients("eu-central-1").get("s3").meta.config
    assert (config.connect_timeout, config.read_timeout) == (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
    assert CONNECT_TIMEOUT_S <= 5
    assert READ_TIMEOUT_S <= 15
