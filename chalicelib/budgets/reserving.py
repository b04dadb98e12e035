"""Reserving: a call that is about to be made holds what it may cost in every budget that blocks,
in all of them or in none, so that calls which are made at once never pass a limit together.

The call is looked at as metering will look at it: the same columns, the same price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.budgets.amounts import amounts_of
from chalicelib.budgets.bases import tell_bases
from chalicelib.budgets.blocks import Block, read_blocks
from chalicelib.budgets.compiling import list_rules
from chalicelib.budgets.estimating import Estimate, estimate_call
from chalicelib.budgets.generations import Counting, is_former, read_counting, read_retired
from chalicelib.budgets.lines import Line
from chalicelib.budgets.readings import used_of
from chalicelib.budgets.records import CostControl
from chalicelib.budgets.reservation_schemas import DEFAULT_TTL_S, Decision, ReservationRequest
from chalicelib.budgets.reservations import (
    HELD,
    MOST_ATTEMPTS,
    REFUSED,
    SETTLED,
    find_attempts,
    is_over,
    note_reserving,
    present,
    reservation_id,
)
from chalicelib.budgets.selecting import CallNames
from chalicelib.budgets.vocabulary import CostControlWindowType, UnpricedCalls
from chalicelib.budgets.windows import BudgetWindow, window_at
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import MINUTE, SECOND, iso
from chalicelib.kit.errors import Invalid
from chalicelib.kit.ids import event_id
from chalicelib.kit.jsontext import dumps
from chalicelib.kit.memory import Memory
from chalicelib.kit.money import to_usd
from chalicelib.metering.bodies import TRANSACTION_ID
from chalicelib.metering.rows import COMPLETION
from chalicelib.ports.counters import RESERVED, USED, Counter, Reservation
from chalicelib.ports.documents import Documents
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

Json = dict[str, Any]
_FRESH = SECOND
"""How long rules are believed; a rule that this process writes is seen at once."""
_MOST_TEAMS = 1_000
_SHORT_S = 60
MOST_HOLDS = 90
"""Budgets that one call may hold of: DynamoDB writes a hundred items at once."""
_rules: Memory[tuple[Documents, Scope], "Rules"] = Memory(_MOST_TEAMS)


@dataclass(frozen=True, slots=True)
class Rules:
    """The cost controls of a team that are switched on, how they are counted, and what else stops
    its calls; `columns` are all that they look at."""

    controls: Sequence[CostControl]
    counting: Counting
    blocks: Sequence[Block]
    columns: Sequence[str]
    retired: Mapping[str, str]
    """Families of counters of before a rule was changed, with their metric."""

    def former_of(self, counter: Counter, metric: str) -> tuple[Counter, ...]:
        """The former counters of a rule and group: what is held there counts too."""
        return tuple(
            Counter(family, counter.member)
            for family, told in self.retired.items()
            if told == metric and is_former(family, counter.family)
        )

    def name(self, estimate: Estimate) -> CallNames:
        """The names that a call goes by."""
        return CallNames.of_row(self.columns, estimate.row, self.counting.renames)


def forget_rules(world: World, team: Scope) -> None:
    """Have the next reservation read the rules of a team again."""
    _rules.forget((world.documents, team))


def reserve(world: World, principal: Principal, body: ReservationRequest) -> Json:
    """Hold what a call may cost, see ReservationResource. A transaction that has reserved already
    is answered as it was then; one that was given back, or has expired, reserves anew. Raises
    Invalid, EngineBusy, Unavailable."""
    now, team = world.now(), principal.team
    attempts = find_attempts(world, team, body.transactionId)
    if attempts and not is_over(attempts[-1], now):
        return present(attempts[-1], now)
    estimate = estimate_call(world, principal, body, now)
    lines = _read_lines(world, team, _match(world, team, estimate, now), now)
    answer = _answer(body, estimate, lines)
    blocks = _find_blocks(world, team, estimate, now)
    answer["wouldBlock"] += [_show_block(block, now) for block in blocks if block.is_shadow]
    refused = [line.row() | _message(line) for line in lines if line.blocks and not line.fits]
    refused += [_show_block(block, now) for block in blocks if not block.is_shadow]
    if refused:
        return answer | _refuse(refused[0])
    _check_bounds(attempts, lines)
    if _is_metered(world, team, body.transactionId):
        # It was told of before it was asked for: there is nothing to be held any more.
        return answer | {"state": SETTLED}
    identity = reservation_id(team, body.transactionId, len(attempts))
    expires = _expiry(now, body.ttlSeconds)
    answer |= {"reservationId": identity, "state": HELD, "expiresAt": iso(expires)}
    answer["budgets"] = [line.row(line.amount if line.blocks else 0) for line in lines]
    held = tuple(line.hold() for line in lines if line.blocks)
    doc = dumps({"answer": answer, "estimates": _estimates(lines, estimate)}).decode()
    note_reserving(world, team, expires)
    outcome = world.counters.reserve(team, Reservation(identity, doc, expires, held), now)
    if outcome.known:
        return present(outcome.known, now)
    if outcome.refused:
        # Others were quicker.
        lines = _read_lines(world, team, lines, now)
        tight = next(line for line in lines if line.counter in outcome.refused)
        return _answer(body, estimate, lines) | _refuse(tight.row() | _message(tight))
    return answer


def _estimates(lines: Sequence[Line], estimate: Estimate) -> list[tuple[str, str, int]]:
    """What the call counts for, should nobody know its price when it is metered, in the counters
    of the budgets that say so: family, member, nano-USD."""
    if estimate.cost is None:
        return []
    return [
        (*line.counter, estimate.cost)
        for line in lines
        if line.rule.unpriced is UnpricedCalls.ESTIMATE
    ]


def _check_bounds(attempts: Sequence[Reservation], lines: Sequence[Line]) -> None:
    """What cannot be held is not let through. Raises Invalid."""
    if len(attempts) >= MOST_ATTEMPTS:
        message = f"has been given back or has expired {MOST_ATTEMPTS} times: use another one"
        raise Invalid(f"transactionId: {message}", field="transactionId")
    holds = sum(line.blocks for line in lines)
    if holds > MOST_HOLDS:
        message = f"falls under {holds} cost controls that block; {MOST_HOLDS} can be held at once"
        raise Invalid(f"the call {message}")


def _answer(body: ReservationRequest, estimate: Estimate, lines: Sequence[Line]) -> Json:
    """What is answered of a call that nothing was held for."""
    told = [line for line in lines if not line.blocks]
    would_block = [line for line in told if line.would_block and not line.fits]
    warned = [line for line in lines if line.warns or (line in told and not line.fits)]
    return {
        "decision": Decision.WARN if warned else Decision.ALLOW,
        "reservationId": None,
        "transactionId": body.transactionId[:TRANSACTION_ID],
        "state": REFUSED,
        "estimatedCost": None if estimate.cost is None else to_usd(estimate.cost),
        "estimateSource": estimate.source,
        "actualCost": None,
        "expiresAt": None,
        "budgets": [line.row() for line in lines],
        "blockedBy": None,
        "wouldBlock": [line.row() | _message(line) for line in would_block],
    }


def _refuse(blocked_by: Json) -> Json:
    """What is answered of a call that may not be made."""
    return {
        "decision": Decision.BLOCK,
        "state": REFUSED,
        "reservationId": None,
        "expiresAt": None,
        "blockedBy": blocked_by,
    }


def _find_blocks(world: World, team: Scope, estimate: Estimate, now: int) -> list[Block]:
    """What else stops a call, or would."""
    rules = _read_rules(world, team, now)
    if not rules.blocks:
        return []
    names = rules.name(estimate)
    return [block for block in rules.blocks if names.pass_filters(block.filters)]


def _show_block(block: Block, now: int) -> Json:
    """As a budget of which nothing is left."""
    return {
        "ruleId": block.rule_id,
        "name": block.name,
        "metricType": block.metric,
        "groupValue": block.group or None,
        "limit": block.threshold,
        "used": block.threshold,
        "reserved": 0,
        "remaining": 0,
        "windowEnd": iso(window_at(CostControlWindowType.HOURLY, now).end),
        "denyMessage": block.deny_message,
    }


def _message(line: Line) -> Json:
    return {"denyMessage": line.rule.deny_message or None}


def _match(world: World, team: Scope, estimate: Estimate, now: int) -> list[Line]:
    """The budgets that a call falls under."""
    rules = _read_rules(world, team, now)
    names = rules.name(estimate)
    windows: dict[CostControlWindowType, BudgetWindow] = {}
    lines: list[Line] = []
    for control in rules.controls:
        generation = rules.counting.generations.get(control.id)
        group = None if generation is None else names.place_in(generation.rule)
        if generation is None or group is None:
            continue
        rule = generation.rule
        amount = amounts_of(rule, estimate.row, rules.counting.assistants).get(USED, 0)
        if rule.window not in windows:
            windows[rule.window] = window_at(rule.window, now)
        window = windows[rule.window]
        counter = generation.counter(window, group)
        former = rules.former_of(counter, rule.metric)
        lines.append(Line(control, window, counter, amount, former))
    return lines


def _read_rules(world: World, team: Scope, now: int) -> Rules:
    return _rules.recall((world.documents, team), now, _FRESH, lambda: _load_rules(world, team))


def _load_rules(world: World, team: Scope) -> Rules:
    controls, counting = list_rules(world, team), read_counting(world, team)
    tell_bases(world, team, counting, [rule.id for rule in controls])
    blocks = read_blocks(world, team)
    looked_at = [each.rule.columns for each in counting.generations.values()]
    looked_at += [block.columns for block in blocks]
    columns = dict.fromkeys(column for columns in looked_at for column in columns)
    retired = read_retired(world, team)
    return Rules(controls, counting, blocks, tuple(columns), retired)


def _read_lines(world: World, team: Scope, lines: Sequence[Line], now: int) -> list[Line]:
    """The same budgets as they stand."""
    counters = [counter for line in lines for counter in (line.counter, *line.former)]
    known = world.counters.read(team, counters, now)
    found: list[Line] = []
    for line in lines:
        before = sum(known[counter].get(RESERVED, 0) for counter in line.former)
        reserved = known[line.counter].get(RESERVED, 0) + before
        used = used_of(known[line.counter])
        found.append(replace(line, used=used, reserved=reserved, held_before=before))
    return found


def _is_metered(world: World, team: Scope, transaction_id: str) -> bool:
    identity = event_id(team, COMPLETION, transaction_id)
    return bool(world.events.get(team, [identity]))


def _expiry(now: int, ttl_s: int) -> int:
    """When a reservation expires, UTC epoch ms. Long ones end together, every ten seconds or every
    minute: what a counter holds is kept by the second at which it ends."""
    step = SECOND if ttl_s <= _SHORT_S else 10 * SECOND if ttl_s <= DEFAULT_TTL_S else MINUTE
    return -(-(now + ttl_s * SECOND) // step) * step
