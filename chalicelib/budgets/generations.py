"""Generations: what the readers of the feed count for the rules of a team, and since when.

A rule is counted in generations. A generation begins at an instant a little ahead of the moment at
which it is stored: every version of a call that is made from then on is counted as it comes by;
what older versions amount to is its base, which the lake tells (bases.py). Which side a version
belongs to is written in it, so nothing is counted twice and nothing is left out, however late it
comes by and whoever's clock is ahead.

A new generation begins when a rule counts something else than before: its filters, its metric, the
names of today, the assistants that are billed by use.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.selecting import Renames, list_dimensions, resolve_filters
from chalicelib.budgets.vocabulary import AlertDimension, AlertMetricType, CostControlWindowType
from chalicelib.budgets.windows import BudgetWindow, window_at
from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.directory.renames import REPORTED
from chalicelib.kit.clock import HOUR, MINUTE, SECOND
from chalicelib.kit.errors import Unavailable
from chalicelib.kit.jsontext import dumps
from chalicelib.ports.counters import Counter
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.service import find_renames
from chalicelib.resources.amend import Doc, amend

_KIND, _ID = "BUDGET_COUNTING", "generations"
_RETIRED_ID = "retired"
_ATTEMPTS = 6
_SOON = 200
_KEPT = HOUR + 2 * MINUTE
"""How long counters that count no more are kept: what reservations hold there counts until the last
one has expired, which is longer than any process believes in former counters."""


@dataclass(frozen=True, slots=True)
class CountedRule:
    """What of a rule says what it counts. `id` is the same for ever, `metric` one that amounts.py
    reads. `nano_per_token`: what tokens of unknown price count for in a limit of cost."""

    id: str
    metric: str
    window: CostControlWindowType
    group_by: AlertDimension | None
    filters: Sequence[RuleFilter]
    nano_per_token: int = 0

    @property
    def is_money(self) -> bool:
        """Whether it counts what calls cost."""
        return self.metric == AlertMetricType.TOTAL_COST

    @property
    def columns(self) -> list[str]:
        """The columns of calls that it looks at."""
        return [each.column for each in list_dimensions(self)]

    def doc(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "metric": self.metric,
            "window": self.window,
            "groupBy": self.group_by,
            "filters": [[each.dimension, each.operator, *each.values] for each in self.filters],
            "nanoPerToken": self.nano_per_token,
        }

    @classmethod
    def of(cls, identity: str, doc: Mapping[str, Any]) -> "CountedRule":
        """The rule that was stored."""
        return cls(
            identity,
            doc["metric"],
            CostControlWindowType(doc["window"]),
            AlertDimension(doc["groupBy"]) if doc["groupBy"] else None,
            [RuleFilter.parse(*each) for each in doc["filters"]],
            doc.get("nanoPerToken", 0),
        )


@dataclass(frozen=True, slots=True)
class Generation:
    """A rule, counted from `since` on (UTC epoch ms). `settled` are the keys of the windows whose
    base is final."""

    rule: CountedRule
    since: int
    settled: Sequence[str] = ()

    def family(self, window: BudgetWindow) -> str:
        """The counters of a window: one a group, or one for all."""
        return self.stem + window.key

    @property
    def stem(self) -> str:
        """What the names of all its counters begin with."""
        return f"budget.{self.rule.id}.{self.since}."

    def counter(self, window: BudgetWindow, group: str = "") -> Counter:
        """The counter of a group in a window."""
        return Counter(self.family(window), group)


@dataclass(frozen=True, slots=True)
class Counting:
    """All that is counted for a team: by the id of the rule. `renames` and `assistants` are what
    names mean, and which assistants' calls cost money."""

    generations: Mapping[str, Generation] = field(default_factory=dict)
    renames: Renames = field(default_factory=dict)
    assistants: Sequence[str] = ()

    @classmethod
    def of(cls, doc: Doc) -> "Counting":
        """What was stored."""
        found: dict[str, Generation] = {}
        for identity, each in doc.get("generations", {}).items():
            rule = CountedRule.of(identity, each["rule"])
            found[identity] = Generation(rule, each["since"], each["settled"])
        return cls(found, doc.get("renames", {}), doc.get("assistants", ()))

    def awaits_base(self, family: str) -> bool:
        """Whether the base of counters is not final yet; of former ones nobody waits for any."""
        for generation in self.generations.values():
            if family.startswith(generation.stem):
                return family.removeprefix(generation.stem) not in generation.settled
        return False


def is_former(family: str, other: str) -> bool:
    """Whether counters are former ones of another family: of the same rule and window."""
    one, two = family.split(".", 3), other.split(".", 3)
    return family != other and one[1] == two[1] and one[3] == two[3]


def since_of(family: str) -> int:
    """Since when the counters of a family count, UTC epoch ms."""
    return int(family.split(".")[2])


def read_counting(world: World, team: Scope) -> Counting:
    """What is counted for a team now, read consistently."""
    record = world.documents.get(team, _KIND, _ID)
    return Counting.of(record.doc if record else {})


def read_names(world: World, team: Scope, rule: CountedRule) -> Counting:
    """How a rule would be counted that nobody counts: its filters in the names of today. Nothing is
    stored."""
    renames = find_renames(world, team, REPORTED)
    named = replace(rule, filters=resolve_filters(world, team, rule.filters, renames))
    assistants = list(find_billed_assistants(world.documents, team))
    return Counting({rule.id: Generation(named, world.now())}, renames, assistants)


def keep_counting(world: World, team: Scope, source: str, rules: Iterable[CountedRule]) -> Counting:
    """Count these rules of a source from now on, and no others of it: a generation goes on as long
    as it counts the same. What is no longer counted is dropped. Raises Unavailable when it cannot
    be stored in time."""
    assistants = list(find_billed_assistants(world.documents, team))
    renames = find_renames(world, team, REPORTED)
    wanted = [
        replace(rule, filters=resolve_filters(world, team, rule.filters, renames)) for rule in rules
    ]

    def change(doc: Doc, since: int) -> Doc:
        known: Mapping[str, Any] = doc.get("generations", {})
        found = {name: each for name, each in known.items() if each["source"] != source}
        for rule in wanted:
            found[rule.id] = {"source": source, "rule": rule.doc()}
        for name, each in found.items():
            sign = _sign(CountedRule.of(name, each["rule"]), renames, assistants)
            before = known.get(name)
            if before and before["sign"] == sign:
                found[name] = before
            else:
                found[name] = {**each, "sign": sign, "since": since, "settled": []}
        return {"generations": found, "renames": renames, "assistants": assistants}

    return _renew(world, team, change)


def recount(world: World, team: Scope) -> int:
    """Begin a new generation of every rule: what stands in the counters is made anew from the lake.
    How many those were. Raises Unavailable."""
    if not read_counting(world, team).generations:
        return 0

    def change(doc: Doc, since: int) -> Doc:
        anew = {
            identity: {**each, "since": since, "settled": []}
            for identity, each in doc.get("generations", {}).items()
        }
        return {**doc, "generations": anew}

    return len(_renew(world, team, change).generations)


def _renew(world: World, team: Scope, change: Callable[[Doc, int], Doc]) -> Counting:
    """Store what `change` makes of the generations, given the instant from which new ones count.

    That has to lie ahead of the moment at which it is stored: a reader that has read the feed up to
    that instant, and looks here afterwards, must find them. When storing took too long it is done
    again with more time.
    """
    record = world.documents.get(team, _KIND, _ID)
    doc = record.doc if record else {}
    before = Counting.of(doc)
    ahead = int(world.settings.counting_ahead_s * SECOND)
    late: frozenset[int] = frozenset()
    for number in range(_ATTEMPTS):
        begin = partial(_begin, change, late, partial(_instant, world, ahead << number))
        if begin(doc) is None:
            return before
        amend(world.documents, team, _KIND, _ID, begin)
        after = read_counting(world, team)
        fresh = _begins(after) - _begins(before)
        late = frozenset(since for since in fresh if since <= world.now())
        if not late:
            kept = _families(after, world)
            former = {
                name: each for name, each in _families(before, world).items() if name not in kept
            }
            _retire(world, team, former)
            _await(max(fresh, default=0) - world.now())
            return after
    raise Unavailable("the rules could not be stored in time: try again")


def _await(ahead: int) -> None:
    """Wait until counting has begun, where that is soon: whoever is told of a rule then finds all
    that comes later counted."""
    if 0 < ahead <= _SOON:
        time.sleep(ahead / SECOND)


def _instant(world: World, ahead: int) -> int:
    return world.now() + ahead


def _begin(
    change: Callable[[Doc, int], Doc],
    late: Collection[int],
    begin_at: Callable[[], int],
    doc: Doc,
) -> Doc | None:
    """What is to be stored instead of `doc`; generations that were stored too late begin anew."""
    since = begin_at()
    changed = {**change(doc, since)}
    changed["generations"] = {
        name: {**each, "since": since} if each["since"] in late else each
        for name, each in changed["generations"].items()
    }
    return None if changed == dict(doc) else changed


def _begins(counting: Counting) -> set[int]:
    return {each.since for each in counting.generations.values()}


def settle_base(world: World, team: Scope, generation: Generation, window: BudgetWindow) -> None:
    """Remember that the base of a window is final; of windows before it nothing is kept."""

    def change(doc: Doc) -> Doc | None:
        known: Mapping[str, Any] = doc.get("generations", {})
        each = known.get(generation.rule.id)
        if each is None or each["since"] != generation.since or window.key in each["settled"]:
            return None
        settled = {**each, "settled": [window.key]}
        return {**doc, "generations": {**known, generation.rule.id: settled}}

    amend(world.documents, team, _KIND, _ID, change)
    former = [key for key in generation.settled if key != window.key]
    _retire(world, team, {generation.stem + key: generation.rule.metric for key in former})


def _retire(world: World, team: Scope, families: Mapping[str, str]) -> None:
    """Have counters dropped that count no more, once nothing is held there. `families`: their
    metric by their name."""
    if families:
        added = {family: [world.now(), metric] for family, metric in families.items()}
        amend(world.documents, team, _KIND, _RETIRED_ID, lambda doc: {**doc, **added})


def read_retired(world: World, team: Scope) -> Mapping[str, str]:
    """The families of counters that count no more, and in which something may still be held, with
    their metric."""
    record = world.documents.get(team, _KIND, _RETIRED_ID)
    return {family: metric for family, (_, metric) in record.doc.items()} if record else {}


def drop_retired(world: World, team: Scope) -> None:
    """Drop the counters of a team that have counted no more for a while."""
    record = world.documents.get(team, _KIND, _RETIRED_ID)
    oldest = world.now() - _KEPT
    known = record.doc if record else {}
    due = {name for name, (since, _) in known.items() if since <= oldest}
    for family in due:
        world.counters.drop(team, family)

    def change(doc: Doc) -> Doc:
        return {name: told for name, told in doc.items() if name not in due}

    if due:
        amend(world.documents, team, _KIND, _RETIRED_ID, change)


def _families(counting: Counting, world: World) -> dict[str, str]:
    """The metric of all counters, by their family."""
    found: dict[str, str] = {}
    for generation in counting.generations.values():
        keys = [window_at(generation.rule.window, world.now()).key, *generation.settled]
        found |= dict.fromkeys((generation.stem + key for key in keys), generation.rule.metric)
    return found


def _sign(rule: CountedRule, renames: Renames, assistants: Sequence[str]) -> str:
    """What changes when the rule counts something else."""
    told: dict[str, Any] = {"rule": rule.doc()}
    told["renames"] = {column: renames[column] for column in rule.columns if column in renames}
    if rule.is_money:
        told["assistants"] = assistants
    return hashlib.blake2b(dumps(told), digest_size=8).hexdigest()
