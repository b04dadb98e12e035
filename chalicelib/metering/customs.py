"""Generic events: whatever the caller counts. Each new metric of a payload becomes a metering
element."""

from typing import Any

from chalicelib.directory.names import Names
from chalicelib.directory.registry import ELEMENT, SOURCE, registry, unique_names
from chalicelib.identity.records import TENANT, Principal
from chalicelib.identity.settings import TenantSettings
from chalicelib.kit.clock import MINUTE
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.jsontext import dumps
from chalicelib.lake.tables import CUSTOM_EVENTS
from chalicelib.metering.bodies import NAME, TRANSACTION_ID, text
from chalicelib.metering.drafts import Draft
from chalicelib.metering.event_schemas import GenericEventIngest
from chalicelib.ports.documents import Record, fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

MOST_METRICS = 200
MOST_CHARACTERS = 65_536


def custom_draft(world: World, principal: Principal, body: GenericEventIngest) -> Draft:
    """The draft of a generic event. Raises Invalid for a payload that is too large or names a
    metric too long, or holds a number that is none."""
    payload = _pack(body.payload)
    if faults := _faults(body.payload, payload):
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    row: dict[str, Any] = {
        "transaction_id": body.transactionId[:TRANSACTION_ID],
        "channel": "REST",
        "requested_at": world.now(),
        "source_type": body.sourceType or "UNKNOWN",
        "payload": payload,
        "is_billable": _bills_usage(world, principal),
    }
    source = text(body.sourceId, NAME)
    if source:
        row["source_id"] = registry(world).obtain_id(principal.team, SOURCE, source)
    for metric, value in body.payload.items():
        _register(world, principal.team, metric, value, row.get("source_id"))
    names = Names(credential_value=text(body.subscriberCredential, NAME))
    return Draft("EVENT", body.transactionId, row, names, table=CUSTOM_EVENTS)


def _pack(payload: dict[str, Any]) -> str:
    """A payload as it is stored. Raises Invalid, which names every metric that holds no number."""
    try:
        return dumps(payload).decode()
    except ValueError as error:
        endless = [metric for metric, value in payload.items() if not _is_json(value)]
        faults = [Fault(f"payload.{metric[:40]}", "is NaN or infinite") for metric in endless]
        message = f"{faults[0].field}: {faults[0].message}"
        raise Invalid(message, faults=faults) from error


def _is_json(value: object) -> bool:
    try:
        dumps(value)
    except ValueError:
        return False
    return True


def _faults(payload: dict[str, Any], packed: str) -> list[Fault]:
    faults = []
    if len(packed) > MOST_CHARACTERS:
        faults.append(
            Fault("payload", f"is over {MOST_CHARACTERS:,} characters of JSON", "TOO_LONG")
        )
    if len(payload) > MOST_METRICS:
        faults.append(Fault("payload", f"has over {MOST_METRICS} metrics", "TOO_LONG"))
    else:
        named = (metric for metric in payload if not metric.strip() or len(metric) > NAME)
        faults += [
            Fault(f"payload.{metric[:40]}", f"a metric's name has 1 to {NAME} characters")
            for metric in named
        ]
    return faults


def is_number(value: object) -> bool:
    """Whether a value of a payload is a quantity: a number, or text that is one."""
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return False
    return isinstance(value, int | float) and abs(value) < float("inf")


def _register(world: World, team: Scope, metric: str, value: object, source_id: str | None) -> None:
    """Make a metering element of a metric that is not known yet, linked to the source that it was
    first seen at."""
    doc = {
        "name": metric,
        "type": "NUMBER" if is_number(value) else "STRING",
        "sourceIds": [source_id] if source_id else [],
    }
    wanted = Record(ELEMENT, "", doc, metric, unique=unique_names(metric))
    known = registry(world)
    known.remember((team, ELEMENT, fold(metric)), lambda: known.obtain(team, wanted).id)


def _bills_usage(world: World, principal: Principal) -> bool:
    """Whether the tenant bills by usage; it does unless somebody has turned that off."""

    def look_up() -> bool:
        record = world.documents.get(principal.tenant, TENANT, principal.tenant)
        return TenantSettings.of(record).bills_usage

    return registry(world).remember((principal.tenant, "USAGE_BILLING"), look_up, for_ms=MINUTE)
