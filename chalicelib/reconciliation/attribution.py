"""Attribution: what a provider billed, split among the people whose calls it was for.

For each provider, UTC day and model the billed cost is split by the tokens of each person's metered
calls; where none of that model were metered, by those of the provider on that day; and where there
are none either it is nobody's. What a bill itself names a person for is that person's.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.kit.clock import day_of
from chalicelib.kit.windows import Interval
from chalicelib.lake.dimensions import MODEL, PROVIDER, USER
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.overlap import has_reads_inside
from chalicelib.providers.billed import BilledQuestion, ask
from chalicelib.providers.folding import billing_provider, list_vendor, model_name
from chalicelib.providers.periods import Period
from chalicelib.reconciliation.cells import CellKey
from chalicelib.reconciliation.gathering import window_of
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, count_rows, sum_of
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Question
from chalicelib.reports.service import ask_rows

_CALLS = count_rows(CALLS)
_INPUT, _OUTPUT = sum_of(CALLS, "input_tokens"), sum_of(CALLS, "output_tokens")
_READ, _WRITTEN = sum_of(CALLS, "cache_read_tokens"), sum_of(CALLS, "cache_creation_tokens")
_TERMS = (_CALLS, _INPUT, _OUTPUT, _READ, _WRITTEN)


@dataclass(slots=True)
class Usage:
    """Tokens and calls of one person in one cell. Kinds of tokens stand beside one another."""

    input: int = 0
    output: int = 0
    cache: int = 0
    calls: int = 0

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.input + self.output + self.cache

    def add(self, other: "Usage") -> None:
        """Add another's to it."""
        self.input += other.input
        self.output += other.output
        self.cache += other.cache
        self.calls += other.calls


@dataclass(frozen=True, slots=True)
class Share:
    """What one person has of a cell: nano-USD of `billed`, by `usage` out of `tokens` of all."""

    email: str
    key: CellKey
    nano: int
    billed: int
    usage: Usage
    tokens: int


@dataclass(slots=True)
class Attribution:
    """All shares, and what is nobody's, by provider, in nano-USD."""

    shares: list[Share] = field(default_factory=list)
    unattributed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def attributed(self) -> int:
        """Nano-USD."""
        return sum(share.nano for share in self.shares)

    @property
    def nano(self) -> int:
        """All that was billed."""
        return self.attributed + sum(self.unattributed.values())


def attribute_bills(
    world: World, team: Scope, period: Period, narrowed: Mapping[str, str]
) -> Attribution:
    """Split what was billed in a period; `narrowed` are columns of BILLING_DAYS with the value that
    lines must have. Raises EngineBusy, TooManyRows."""
    found = Attribution()
    costs: defaultdict[CellKey, int] = defaultdict(int)
    by = ("provider", "day", "model", "user_email")
    for sums in ask(world, team, BilledQuestion(period, by, narrowed)):
        provider, day, model, email = sums.names
        key = CellKey(provider, day, model_name(provider, model))
        if sums.cost and email:
            direct = Share(email.lower(), key, sums.cost, billed=sums.cost, usage=Usage(), tokens=0)
            found.shares.append(direct)
        elif sums.cost:
            costs[key] += sums.cost
    if costs:
        split_costs(found, costs, _gather_usage(world, team, period))
    return found


def split_costs(
    found: Attribution,
    costs: Mapping[CellKey, int],
    usage: Mapping[CellKey, Mapping[str, Usage]],
) -> None:
    """Put a share for each person of each cell into `found`, and the rest to nobody."""
    whole_days: dict[CellKey, dict[str, Usage]] = {}
    for key, people in usage.items():
        together = whole_days.setdefault(key._replace(model=""), {})
        for email, each in people.items():
            together.setdefault(email, Usage()).add(each)
    for key, nano in costs.items():
        people = usage.get(key, {})
        if not any(each.tokens for each in people.values()):
            people = whole_days.get(key._replace(model=""), {})
        shares = split(nano, {email: each.tokens for email, each in people.items()})
        if not shares:
            found.unattributed[key.provider] += nano
        tokens = sum(each.tokens for each in people.values())
        found.shares += [
            Share(email, key, part, billed=nano, usage=people[email], tokens=tokens)
            for email, part in shares
        ]


def split(nano: int, weights: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """An amount split by weights, by name; what rounding leaves goes to the largest. Empty when all
    weights are 0."""
    whole = sum(weights.values())
    if not whole:
        return []
    names = sorted((name for name, weight in weights.items() if weight), key=str)
    shares = {name: abs(nano) * weights[name] // whole for name in names}
    largest = max(names, key=lambda name: weights[name])
    shares[largest] += abs(nano) - sum(shares.values())
    sign = 1 if nano >= 0 else -1
    return [(name, sign * share) for name, share in shares.items()]


def _gather_usage(
    world: World, team: Scope, period: Period
) -> Mapping[CellKey, Mapping[str, Usage]]:
    """What each person used, by cell. Calls without a person's e-mail address are nobody's; those
    of coding assistants under a flat plan count too."""
    question = Question(by=(USER, PROVIDER, MODEL), terms=_TERMS, interval=Interval.DAY)
    cells: dict[CellKey, dict[str, Usage]] = {}
    for row in ask_rows(Asker.of(world, team), window_of(period), question):
        email, label, model = (str(name or "").strip() for name in row.names)
        provider = billing_provider(label)
        key = CellKey(provider, day_of(row.bucket), model_name(provider, model))
        sums = {term: integer(row.terms.get(term.name)) or 0 for term in _TERMS}
        inside = has_reads_inside(list_vendor(provider), key.model)
        uncached = sums[_INPUT] - (sums[_READ] if inside else 0)
        used = Usage(
            uncached, sums[_OUTPUT], cache=sums[_READ] + sums[_WRITTEN], calls=sums[_CALLS]
        )
        cells.setdefault(key, {}).setdefault(email.lower(), Usage()).add(used)
    return cells
