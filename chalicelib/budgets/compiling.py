"""Compiling: the cost controls of a team with what has been used under each, as SDKs poll it before
they call a model.

The set is one document, made anew when somebody asks and it is older than it may be; a rule that is
written makes it at once. So polls cost one read.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chalicelib.budgets.bases import renew_bases
from chalicelib.budgets.blocks import read_blocks
from chalicelib.budgets.compiled_rows import compile_rows, show_filters
from chalicelib.budgets.crossings import Crossing, find_crossings, note_crossings
from chalicelib.budgets.generations import CountedRule, drop_retired, keep_counting
from chalicelib.budgets.readings import read_usages
from chalicelib.budgets.records import COST_CONTROL, CostControl
from chalicelib.kit.clock import DAY, SECOND
from chalicelib.kit.ids import number_of
from chalicelib.kit.jsontext import dumps
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.listing import read_all

Json = dict[str, Any]
_KIND, _ID = "ENFORCEMENT_RULES", "compiled"
SOURCE = "controls"
"""Whose rules are counted, beside those of others."""
MOST_RULES = 500
"""Rules that a team may have: each is a question to the lake."""
_MOST_GROUPS, _MOST_GROUPS_OF_RULE = 4_000, 1_000
"""Groups that stand in a set, and those of one rule: those that used most. A document of DynamoDB
holds 400 KB, which is what so many are when they are packed."""
_MOST_PLAIN = 64 * 1024


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A compiled set: the rules as SDKs read them, as JSON text; when it was made, and until when
    it may be told, which is the end of a window (UTC epoch ms). `tag` is another one when anything
    is but the instant of making."""

    text: str
    compiled_at: int
    until: int
    tag: str

    @classmethod
    def of(cls, doc: Doc) -> "RuleSet":
        """The set that is kept."""
        text = doc.get("rules") or zlib.decompress(base64.b64decode(doc["packed"])).decode()
        return cls(text, doc["compiledAt"], doc.get("until", 0), doc.get("tag", ""))

    @property
    def rules(self) -> list[Json]:
        """The rules, amounts exact."""
        return json.loads(self.text, parse_float=Decimal)  # type: ignore[no-any-return]

    def only(self, number: int | None) -> "RuleSet":
        """The set of the rule with that number alone."""
        rules = [each for each in self.rules if each["ruleId"] == number]
        return replace(self, text=dumps(rules).decode(), tag=f"{self.tag}-{number}")


def read_rules(world: World, team: Scope, rule_id: str = "") -> RuleSet:
    """The compiled set of a team, at most `enforcement_age_s` old unless the lake is too busy to be
    asked, which `compiled_at` tells; of one cost control when its id is given, nothing for an id
    that is unknown. Raises EngineBusy when there is no set yet."""
    record = world.documents.get(team, _KIND, _ID)
    kept = RuleSet.of(record.doc) if record else None
    now = world.now()
    oldest = now - int(world.settings.enforcement_age_s * SECOND)
    is_fresh = kept is not None and kept.compiled_at >= oldest and now <= kept.until
    found = kept if kept and is_fresh else _renew(world, team, kept)
    return found.only(number_of(rule_id)) if rule_id else found


def _renew(world: World, team: Scope, kept: RuleSet | None) -> RuleSet:
    """A new set; the one that is kept when the lake cannot be asked: rules that stop too early or
    too late by a minute are better than none."""
    try:
        return compile_rules(world, team)
    except EngineBusy:
        if kept is None:
            raise
        return kept


def compile_rules(world: World, team: Scope, *, changed: bool = False) -> RuleSet:
    """Make the set anew, and keep it, unless one that began later is kept by now; when rules have
    just `changed`, in any case. Raises EngineBusy."""
    now = world.now()
    rules: list[Json] = []
    crossings: list[Crossing] = []
    controls = list_rules(world, team)
    counting = keep_counting(world, team, SOURCE, map(counted_rule, controls))
    if not changed:
        # Whoever writes one rule does not wait for the bases of all others.
        renew_bases(world, team)
    usages = read_usages(world, team, counting, [rule.id for rule in controls])
    with_groups = sum(rule.group_by is not None for rule in controls)
    most = min(_MOST_GROUPS_OF_RULE, _MOST_GROUPS // max(1, with_groups))
    for rule, usage in zip(controls, usages, strict=True):
        rules += compile_rows(team, rule, usage, now, most)
        crossings += find_crossings(rule, usage.window, usage)
    for block in read_blocks(world, team):
        rules.append(block.compile(team, now) | show_filters(block.filters))
    ends = [usage.window.end for usage in usages]
    made = _pack(rules, now, min(ends, default=now + DAY))
    record = world.documents.get(team, _KIND, _ID)
    known: Sequence[str] = record.doc.get("crossed", ()) if record else ()
    crossed = note_crossings(world, team, crossings, known)

    def change(doc: Doc) -> Doc | None:
        if not changed and doc.get("compiledAt", 0) > now:
            return None
        return {
            **_store(made.text),
            "compiledAt": now,
            "until": made.until,
            "tag": made.tag,
            "crossed": crossed,
        }

    amend(world.documents, team, _KIND, _ID, change)
    drop_retired(world, team)
    return made


def _pack(rules: Sequence[Json], now: int, until: int) -> RuleSet:
    text = dumps(rules).decode()
    same = dumps([{**rule, "compiledAt": None} for rule in rules])
    return RuleSet(text, now, until, hashlib.blake2b(same, digest_size=12).hexdigest())


def _store(text: str) -> Doc:
    """The rules as they are kept: packed when they are many."""
    if len(text) <= _MOST_PLAIN:
        return {"rules": text}
    return {"packed": base64.b64encode(zlib.compress(text.encode())).decode()}


def list_rules(world: World, team: Scope) -> list[CostControl]:
    """The cost controls of a team that are switched on, by name."""
    rules = map(CostControl.of, read_all(world, team, COST_CONTROL, MOST_RULES))
    return [rule for rule in rules if rule.is_enabled]


def counted_rule(rule: CostControl) -> CountedRule:
    """What of a cost control says what it counts."""
    return CountedRule(
        rule.id, rule.metric, rule.window, rule.group_by, rule.filters, rule.nano_per_token
    )
