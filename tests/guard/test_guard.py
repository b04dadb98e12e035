"""The guard, against a server on loopback."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from meterlake_guard import BudgetExceeded, Guard, GuardUnavailable, Reservation, current
from tests.guard.fake_budgets import Budget, budget_server
from tests.support.patience import eventually

CALL = {"provider": "openai", "model": "gpt-4o", "inputTokenCount": 10, "maxOutputTokenCount": 5}


@pytest.fixture
def budget() -> Iterator[Budget]:
    with budget_server() as running:
        yield running


@pytest.fixture
def guard(budget: Budget) -> Guard:
    return Guard(budget.url, "rev_mk_x", fail="closed", timeout_ms=5_000)


def by(kind: str, guard: Guard, work: Callable[[], Any]) -> Any:
    """Run work within `hold`, within `ahold`, or decorated, async or not."""

    async def work_async() -> Any:
        return work()

    async def within() -> Any:
        async with guard.ahold(**CALL):
            return work()

    if kind == "hold":
        with guard.hold(**CALL):
            return work()
    if kind == "ahold":
        return asyncio.run(within())
    if kind == "protect":
        return guard.protect(**CALL)(work)()
    return asyncio.run(guard.protect(**CALL)(work_async)())


KINDS = pytest.mark.parametrize("kind", ["hold", "ahold", "protect", "protect async"])


@KINDS
def test_what_a_call_may_cost_is_held_while_it_runs(
    kind: str, guard: Guard, budget: Budget
) -> None:
    def work() -> Reservation | None:
        assert (budget.left, len(budget.held)) == (9, 1)
        return current()

    held = by(kind, guard, work)
    assert isinstance(held, Reservation)
    assert (held.decision, held.reservation_id) == ("ALLOW", "res0")
    assert budget.asked == [{**CALL, "transactionId": held.transaction_id}]
    assert held.answer["estimatedCost"] == Decimal("0.1")
    assert current() is None
    assert guard.flush()
    assert (budget.released, budget.keys) == ([], {"rev_mk_x"})


@KINDS
def test_a_call_that_fails_gives_it_back(kind: str, guard: Guard, budget: Budget) -> None:
    def work() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        by(kind, guard, work)
    assert guard.flush()
    assert (budget.released, budget.left, current()) == (["res0"], 10, None)


@KINDS
def test_a_call_that_no_longer_fits_is_not_made(kind: str, guard: Guard, budget: Budget) -> None:
    budget.left = 0
    made: list[int] = []
    with pytest.raises(BudgetExceeded, match="no more, ask Ann") as caught:
        by(kind, guard, lambda: made.append(1))
    assert made == []
    error = caught.value
    assert (error.budget["name"], error.budget["limit"]) == ("a day", 10)
    assert error.deny_message == "no more, ask Ann"
    assert [each["name"] for each in error.budgets] == ["a day"]
    assert guard.flush()
    assert budget.released == []


def test_a_budget_without_a_message_is_named(guard: Guard, budget: Budget) -> None:
    budget.left, budget.deny_message = 0, ""
    with pytest.raises(BudgetExceeded, match="a day is used up: 10 of 10, until 2026-11-25"):
        guard.reserve(**CALL)


def test_a_warning_lets_the_call_pass(guard: Guard, budget: Budget) -> None:
    budget.decision = "WARN"
    assert guard.reserve(**CALL).decision == "WARN"


def test_members_are_sent_as_they_are_told(guard: Guard, budget: Budget) -> None:
    guard.reserve(transactionId="t-1", estimatedCost=Decimal("0.10"), agent=None, ttlSeconds=60)
    assert budget.asked == [{"transactionId": "t-1", "estimatedCost": "0.10", "ttlSeconds": 60}]


def test_a_decorated_function_may_tell_of_its_arguments(guard: Guard, budget: Budget) -> None:
    @guard.protect(lambda text, *, agent: {"inputTokenCount": len(text), "agent": agent}, **CALL)
    def ask(text: str, *, agent: str) -> str:
        """Ask."""
        return text + agent

    assert (ask("four", agent="a"), ask.__name__, ask.__doc__) == ("foura", "ask", "Ask.")
    assert (budget.asked[0]["inputTokenCount"], budget.asked[0]["agent"]) == (4, "a")


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("fault", ["nobody", "500", "401", "no json", "odd", "slow"])
def test_without_an_answer_it_fails_as_it_was_told(
    budget: Budget, fault: str, is_async: bool
) -> None:
    url, timeout_ms = budget.url, 2_000
    match fault:
        case "nobody":
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                url = f"http://127.0.0.1:{free.getsockname()[1]}"
        case "no json":
            budget.body = b"<html>"
        case "odd":
            budget.body = b'["ALLOW"]'
        case "slow":
            budget.delay_s, timeout_ms = 0.3, 50
        case _:
            budget.status = int(fault)

    def reserve(guard: Guard) -> Reservation:
        return asyncio.run(guard.areserve(**CALL)) if is_async else guard.reserve(**CALL)

    passing = reserve(Guard(url, "k", fail="open", timeout_ms=timeout_ms))
    assert (passing.decision, passing.reservation_id) == ("UNKNOWN", "")
    assert passing.transaction_id
    with pytest.raises(GuardUnavailable):
        reserve(Guard(url, "k", fail="closed", timeout_ms=timeout_ms))


@pytest.mark.parametrize("is_async", [False, True])
def test_nobody_waits_for_a_server_that_hangs(budget: Budget, is_async: bool) -> None:
    """Not a matter of speed: without its own deadline this waits for thirty seconds."""
    budget.delay_s = 30
    guard = Guard(budget.url, "k", fail="open")
    began = time.monotonic()
    for _ in range(20):
        if is_async:
            asyncio.run(guard.areserve(**CALL))
        else:
            guard.reserve(**CALL)
    assert time.monotonic() - began < 15


def test_what_is_reserved_too_late_is_given_back(budget: Budget) -> None:
    budget.delay_s = 1.0
    closed = Guard(budget.url, "k", fail="closed", timeout_ms=250)
    with pytest.raises(GuardUnavailable):
        closed.reserve(**CALL)
    eventually(lambda: budget.released == ["res0"])
    passing = Guard(budget.url, "k", fail="open", timeout_ms=250)
    with pytest.raises(KeyError), passing.hold(**CALL):
        raise KeyError
    eventually(lambda: len(budget.released) == 2)
    with passing.hold(**CALL) as held:
        pass
    eventually(lambda: held.transaction_id in budget.held)
    assert passing.flush(5)
    assert len(budget.released) == 2, "the call was made: metering settles it"


def test_a_task_that_is_cancelled_gives_it_back(budget: Budget) -> None:
    budget.delay_s = 0.2
    guard = Guard(budget.url, "k", timeout_ms=5_000)

    async def cancel(after_s: float) -> None:
        async def work() -> None:
            async with guard.ahold(**CALL):
                await asyncio.sleep(60)

        task = asyncio.create_task(work())
        await asyncio.sleep(after_s)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel(0.05))
    asyncio.run(cancel(0.6))
    eventually(lambda: len(budget.released) == 2)
    assert budget.left == 10


def test_many_at_once_never_pass_the_limit(guard: Guard, budget: Budget) -> None:
    outcomes: list[str] = []

    def ask() -> None:
        try:
            outcomes.append(guard.reserve(**CALL).decision)
        except BudgetExceeded:
            outcomes.append("BLOCK")

    threads = [Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ALLOW"] * 10 + ["BLOCK"] * 30
    assert budget.connections <= 8


def test_connections_are_kept_and_made_again(guard: Guard, budget: Budget) -> None:
    for _ in range(5):
        guard.reserve(**CALL)
    assert budget.connections <= 2, "a thread may not have come back in time"
    budget.hangs_up = True
    for _ in range(4):
        guard.reserve(**CALL)
    assert budget.connections >= 3
    assert len(budget.held) == 9


@pytest.mark.parametrize(
    "given", [{"url": "ftp://x", "key": "k"}, {"url": "x", "key": "k"}, {"url": "http://x"}, {}]
)
def test_a_guard_without_a_server_is_none(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("METERLAKE_URL", raising=False)
    monkeypatch.delenv("METERLAKE_API_KEY", raising=False)
    with pytest.raises(ValueError, match="url"):
        Guard(**given)
    with pytest.raises(ValueError, match="fail is"):
        Guard("http://x", "k", fail="perhaps")  # type: ignore[arg-type]


def test_the_environment_names_the_server(budget: Budget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METERLAKE_URL", f"{budget.url}/")
    monkeypatch.setenv("METERLAKE_API_KEY", "rev_mk_env")
    assert Guard(fail="closed", timeout_ms=5_000).reserve(**CALL).decision == "ALLOW"
    assert budget.keys == {"rev_mk_env"}


def test_it_needs_nothing_but_the_standard_library(tmp_path: Path, budget: Budget) -> None:
    """Its folder, copied away, works in a Python without packages; what is given back as the
    process ends arrives."""
    source = Path(__file__).resolve().parents[2] / "meterlake_guard"
    copied = tmp_path / "meterlake_guard"
    copied.mkdir()
    for path in source.glob("*.py"):
        if not path.name.startswith("litellm_"):
            (copied / path.name).write_text(path.read_text())
    script = (
        "from meterlake_guard import Guard\n"
        f"guard = Guard({budget.url!r}, 'k', fail='closed', timeout_ms=5000)\n"
        "guard.release(guard.reserve(model='m'))\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{script}",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert budget.released == ["res0"]
