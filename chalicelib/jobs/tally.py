"""The tally of jobs by type: how they came out, and what was spent on them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chalicelib.jobs.costs import CallSum
from chalicelib.jobs.queries import SpendingRow
from chalicelib.jobs.reading import CONVERTED, DEFLECTED, SUCCESS
from chalicelib.jobs.records import Job
from chalicelib.jobs.values import Values
from chalicelib.kit.money import divide

UNCLASSIFIED = "UNCLASSIFIED"
"""The type of jobs without one, as in other reports."""
COMPLETION, MODALITY = "COMPLETION", "MODALITY"
"""What money is spent on besides tools: text, and all other kinds of AI calls."""
_FINISHED = (SUCCESS, "FAILED")


@dataclass(slots=True)
class JobType:
    """Jobs of one type. `spent` is nano-USD by what it was spent on; `calls` are those that name
    one of the jobs."""

    jobs: int = 0
    finished: int = 0
    successes: int = 0
    conversions: int = 0
    deflections: int = 0
    value: int = 0
    """Nano-USD of all outcomes whose value in USD is known."""
    foreign: int = 0
    """Outcomes whose value is in another currency, without an exchange rate for it: they are in no
    sum."""
    spent: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    calls: CallSum = field(default_factory=CallSum)
    allocated: list[SpendingRow] = field(default_factory=list)
    """Tool calls that name no job, of which this type bears a part."""

    @property
    def cost(self) -> int:
        """All that was spent, in nano-USD."""
        return sum(self.spent.values())

    def add(self, job: Job, value: int | None) -> None:
        """Count a job, whose value is in nano-USD; None when it is not known."""
        self.jobs += 1
        self.finished += job.execution_status in _FINISHED
        self.successes += job.execution_status == SUCCESS
        self.conversions += job.outcome_type == CONVERTED
        self.deflections += job.outcome_type == DEFLECTED
        self.value += value or 0
        self.foreign += value is None and job.outcome_value is not None


def type_of(job: Job) -> str:
    """The type of a job."""
    return job.type or UNCLASSIFIED


@dataclass(slots=True)
class _Service:
    """What an agent did for jobs of one type: nano-USD of its AI calls, and the jobs that it
    worked on."""

    cost: int = 0
    jobs: set[str] = field(default_factory=set)


Key = TypeVar("Key", str, tuple[str, bool, bool, str, int])
"""A type of jobs, or what begins with one and tells some of its jobs apart."""


class JobTally(Generic[Key]):
    """Jobs and what they spent, by type or by finer keys: the parts of a type add up to what it
    has without them, to the nano."""

    def __init__(self, jobs: Sequence[Job], values: Values, key_of: Callable[[Job], Key]) -> None:
        self.types: dict[Key, JobType] = {}
        self._type_of: dict[str, Key] = {}
        self._served: defaultdict[str, defaultdict[Key, _Service]] = defaultdict(
            lambda: defaultdict(_Service)
        )
        for job in jobs:
            name = self._type_of[job.agentic_id] = key_of(job)
            self.types.setdefault(name, JobType()).add(job, values.value(job))

    def spend(self, rows: Iterable[SpendingRow]) -> None:
        """Count what was spent: on jobs first, then by agents outside of jobs, because those are
        charged to the types of jobs that they served."""
        idle: list[SpendingRow] = []
        for row in rows:
            if row.job_id is None:
                idle.append(row)
            elif name := self._type_of.get(row.job_id):
                self._spend_on_job(row, row.job_id, name)
        for row in idle:
            self._allocate(row)

    def _spend_on_job(self, row: SpendingRow, job_id: str, name: Key) -> None:
        job_type = self.types[name]
        job_type.calls.add(row)
        is_named = row.is_of_tools or row.spent_on == COMPLETION
        job_type.spent[row.spent_on if is_named else MODALITY] += row.cost or 0
        if row.agent is None:
            return
        service = self._served[row.agent][name]
        service.jobs.add(job_id)
        if not row.is_of_tools:
            service.cost += row.cost or 0

    def _allocate(self, row: SpendingRow) -> None:
        """Charge tool calls outside of jobs to the types that their agent served: in proportion to
        what its AI calls cost there, or to its jobs there when none of them cost anything."""
        served = self._served.get(row.agent or "")
        if not served:
            return
        weights = {name: service.cost for name, service in served.items()}
        if not any(weights.values()):
            weights = {name: len(service.jobs) for name, service in served.items()}
        for name, part in split(row.cost or 0, weights).items():
            self.types[name].spent[row.spent_on] += part
            self.types[name].allocated.append(row)


def covered_calls(types: Collection[JobType]) -> CallSum:
    """The calls that these types are charged with; one that several share counts once."""
    total = CallSum()
    shared: set[SpendingRow] = set()
    for job_type in types:
        total.merge(job_type.calls)
        shared.update(job_type.allocated)
    for row in shared:
        total.add(row)
    return total


def split(amount: int, weights: Mapping[Key, int]) -> dict[Key, int]:
    """An amount in proportion to weights, of which one at least is not 0; the parts add up to it
    exactly."""
    whole, passed, given = sum(weights.values()), 0, 0
    parts: dict[Key, int] = {}
    for name in sorted(weights):
        passed += weights[name]
        parts[name] = divide(amount * passed, whole) - given
        given += parts[name]
    return parts
