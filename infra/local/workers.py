"""What streams and EventBridge do when deployed: threads that feed the lake and keep it in
order."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from chalicelib.alerts.evaluating import evaluate_due
from chalicelib.assistants.due import sync_assistants
from chalicelib.assistants.states import free_readings
from chalicelib.budgets.enforcing import enforce_due
from chalicelib.erasure.retention import empty_due_days
from chalicelib.invoicing.service import bill_due, free_runs
from chalicelib.kit.logs import logger
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.damage import inspect_due
from chalicelib.lake.days import free_leases
from chalicelib.lake.rolling import roll_due
from chalicelib.metering.rerating import rerate_due
from chalicelib.notices.service import deliver_due
from chalicelib.ports.world import World
from chalicelib.providers.leases import free_syncs
from chalicelib.providers.syncing import sync_due
from chalicelib.recommendations.scheduling import advise_due
from chalicelib.reconciliation.watching import watch_due
from chalicelib.resources.roster import lake_teams
from chalicelib.spend_limits.watching import look_due
from infra.local.counter import count_feed
from infra.local.feeder import FEED_S, drain

_END_S = 2.0
"""How long ending may take. What is under way is broken off: it is done again after the next start,
as after a kill -9."""
_MOST_TOLD = 300
_UPKEEP_S, _PRICES_S, _BILLING_S = 20.0, 60.0, 60.0
_COUNT_S = 0.3
_BUDGETS_S, _NOTICES_S, _ALERTS_S = 5.0, 5.0, 20.0
_BILLS_S, _WATCH_S, _ASSISTANTS_S = 1.0, 60.0, 5.0
_RETENTION_S, _INSPECTION_S, _ADVICE_S = 3_600.0, 600.0, 3_600.0


def upkeep(world: World) -> None:
    """Compact what has been quiet, then roll up what is clean."""
    compact_due(world)
    roll_due(world)


def free_what_died(world: World) -> None:
    """Give back what a process that was killed had taken: whoever serves a folder holds its lock,
    so that no other one is alive."""
    freed = free_runs(world) + free_syncs(world) + free_readings(world)
    for team in lake_teams(world.documents):
        freed += free_leases(world, team)
    if freed:
        logger().info("leases of a process that died are free again", extra={"leases": freed})


_JOBS: Sequence[tuple[Callable[[World], object], float]] = (
    (drain, FEED_S),
    (count_feed, _COUNT_S),
    (upkeep, _UPKEEP_S),
    (rerate_due, _PRICES_S),
    (bill_due, _BILLING_S),
    (enforce_due, _BUDGETS_S),
    (deliver_due, _NOTICES_S),
    (evaluate_due, _ALERTS_S),
    (sync_due, _BILLS_S),
    (sync_assistants, _ASSISTANTS_S),
    (watch_due, _WATCH_S),
    (look_due, _WATCH_S),
    (advise_due, _ADVICE_S),
    (empty_due_days, _RETENTION_S),
    (inspect_due, _INSPECTION_S),
)
"""What the threads do, and the seconds between two times."""


class Workers(AbstractContextManager["Workers"]):
    """Runs the threads while its context is open; leaving it drains the feed one last time, if that
    is done soon."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._failures: dict[str, str] = {}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(job, pause), name=job.__name__, daemon=True)
            for job, pause in _JOBS
        ]

    def __enter__(self) -> "Workers":
        free_what_died(self._world)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        deadline = time.monotonic() + _END_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads):
            drain(self._world, deadline)

    def _repeat(self, job: Callable[[World], object], pause_s: float) -> None:
        while not self._stop.wait(pause_s):
            failure = ""
            try:
                job(self._world)
            except Exception as error:  # noqa: BLE001 - a full disk must not end the feed for good
                failure = f"{type(error).__name__}: {error}"[:_MOST_TOLD]
                if failure != self._failures.get(job.__name__):
                    logger().exception("the %s worker failed and will try again", job.__name__)
            self._failures[job.__name__] = failure
            self._world.vitals.note(job.__name__, failure)  # unscoped: of the whole deployment
