"""Verbs of price dimensions: the list's are read, a team's own are kept beside them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.directory.prices import AI_MODEL, INPUT, OUTPUT, OWN_PRICES
from chalicelib.kit.errors import Fault, Forbidden, Invalid
from chalicelib.kit.ids import new_id
from chalicelib.models.lists import list_dimensions
from chalicelib.models.records import UNIT_PRICES, add_step, live_dimensions, shown_dimension
from chalicelib.models.resource import PATH
from chalicelib.models.schemas import MOST_DIMENSIONS, PricingDimensionResource
from chalicelib.models.service import Models
from chalicelib.models.usage import USAGE, usage_key
from chalicelib.ports.documents import Record
from chalicelib.resources import hal
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import Duplicate, UnknownRecord
from chalicelib.resources.references import Doc, Row
from chalicelib.resources.schemas import sent_members

NAME = "Pricing dimension"
_MOST_ENDED = 200
"""Deleted dimensions of a listed model that are remembered."""


class Dimensions:
    """The price dimensions of one model. Raises UndecodableId, UnknownRecord when there is no such
    model."""

    def __init__(self, models: Models, model_id: str) -> None:
        self._models = models
        self._model = models.get(model_id)
        self._record = self._find_record()
        self._own: Sequence[Doc] = live_dimensions(self._record.doc) if self._record else ()
        self._listed = list_dimensions(self._model.listed, models.day) if self._model.listed else ()

    def list_all(self) -> Row:
        """List prices, then the team's own."""
        return {
            "modelId": self._model.id,
            "dimensions": self._all(),
            "_links": self._link("pricing"),
        }

    def coverage(self) -> Row:
        """Which kinds of billing units have a price."""
        every = self._all()
        prices = self._models.prices(self._model)
        has_base_price = prices[INPUT] is not None or prices[OUTPUT] is not None
        heard = [entry for entry in every if entry["modality"] == "AUDIO"]
        return {
            "hasTokenPricing": has_base_price or _is_billed_by(every, "PER_TOKEN"),
            "hasImagePricing": _is_billed_by(every, "PER_IMAGE", "PER_MEGAPIXEL"),
            "hasAudioPricing": any(map(_is_by_time_or_token, heard)),
            "hasVideoPricing": any(entry["modality"] == "VIDEO" for entry in every),
            "hasCharacterPricing": _is_billed_by(every, "PER_CHARACTER"),
            "hasCreditsPricing": _is_billed_by(every, "CREDITS"),
            "_links": self._link("pricing/coverage"),
        }

    def add(self, body: PricingDimensionResource) -> Row:
        """A new price of the team; on a listed model the list stays as it is. Raises Duplicate,
        Invalid, Stale."""
        entry = self._make(body)
        self._save([*self._own, entry])
        return shown_dimension(entry)

    def try_add(self, body: PricingDimensionResource, *, always: bool) -> Record:
        """The record as `add` would leave it; nothing is stored. `always`: as if the price had been
        there before all calls. Raises Duplicate, Invalid."""
        entry = self._make(body)
        if always:
            entry = {**entry, "made": None}
        _check_usages([*self._own, entry])
        kind = AI_MODEL if self._model.record else OWN_PRICES
        names = {"name": self._model.name, "provider": self._model.provider}
        before: Doc = self._record.doc if self._record else {}
        entries = [*before.get("dimensions", ()), entry]
        return Record(kind, self._model.id, {**names, **before, "dimensions": entries})

    def replace(self, dimension_id: str, body: PricingDimensionResource) -> Row:
        """Another price in the place of one. Raises Duplicate, Forbidden for one of the list,
        Stale, UnknownRecord."""
        at = self._place(dimension_id)
        entry = self._make(body, self._own[at])
        self._save([*self._own[:at], entry, *self._own[at + 1 :]])
        return shown_dimension(entry)

    def remove(self, dimension_id: str) -> Row:
        """Have the list price apply again from now on, if there is one. Raises Forbidden for one
        of the list, UnknownRecord."""
        at = self._place(dimension_id)
        self._save([*self._own[:at], *self._own[at + 1 :]])
        message = f"{NAME} {dimension_id} was deleted"
        return {"id": dimension_id, "message": message, "resourceType": "pricing_dimension"}

    def save_all(self, bodies: Sequence[PricingDimensionResource]) -> list[Row]:
        """These prices of the team in the place of all it had; known ids keep their history. All or
        nothing.

        What was copied from the list may come along unchanged and stays the list's. Raises
        Duplicate, Forbidden for a changed one, Invalid for an id that comes twice, Stale.
        """
        known = {entry["id"]: entry for entry in self._own}
        listed = {entry["id"]: entry for entry in self._listed}
        _check_ids(bodies)
        entries = []
        for body in bodies:
            if body.id in listed:
                _check_unchanged(body, listed[body.id])
            else:
                entries.append(self._make(body, known.get(body.id or "")))
        self._save(entries)
        return [shown_dimension(entry) for entry in entries]

    def _all(self) -> list[Doc]:
        return [*self._listed, *map(shown_dimension, self._own)]

    def _find_record(self) -> Record | None:
        """What holds the team's own: its model, or what it keeps beside a listed one."""
        if self._model.record:
            return self._model.record
        return self._models.world.documents.get(self._models.team, OWN_PRICES, self._model.id)

    def _make(self, body: PricingDimensionResource, before: Doc | None = None) -> dict[str, Any]:
        """A dimension to store, in the place of `before`; one of a listed model knows since when
        it goes before the list's price."""
        now = self._models.world.now()
        entry = _make_entry(body, now, before)
        if self._model.record is None:
            is_same = before is not None and usage_key(before) == usage_key(entry)
            entry["made"] = before.get("made") if before is not None and is_same else now
        return entry

    def _save(self, entries: Sequence[Doc]) -> None:
        """Write all at once. Of two writers one is told to read again (Stale)."""
        _check_usages(entries)
        members = {"dimensions": [*self._collect_ended(entries), *entries]}
        store = self._models.store if self._model.record else self._models.own
        if self._record is not None:
            store.change(self._record, members)
        elif entries:
            model = {"name": self._model.name, "provider": self._model.provider}
            store.create(model | members, self._model.id)

    def _collect_ended(self, entries: Sequence[Doc]) -> list[Doc]:
        """Of a listed model, the dimensions that ceased to be, the newest ones: those that had
        already, and those that are not among `entries`."""
        if self._model.record is not None or self._record is None:
            return []
        now = self._models.world.now()
        kept = {(entry["id"], usage_key(entry)) for entry in entries}
        ended: list[Doc] = []
        for entry in self._record.doc["dimensions"]:
            if entry.get("ended") is not None:
                ended.append(entry)
            elif (entry["id"], usage_key(entry)) not in kept:
                ended.append({**entry, "ended": now})
        return ended[-_MOST_ENDED:]

    def _place(self, dimension_id: str) -> int:
        check_id(dimension_id, "dimensionId")
        for at, entry in enumerate(self._own):
            if entry["id"] == dimension_id:
                return at
        if any(entry["id"] == dimension_id for entry in self._listed):
            raise Forbidden(
                "a list price cannot be changed: add a price of the team for the same usage"
            )
        raise UnknownRecord(NAME, dimension_id)

    def _link(self, tail: str) -> Row:
        return hal.self_link(f"{PATH}/{self._model.id}/{tail}")


def _make_entry(
    body: PricingDimensionResource, now: int, before: Doc | None = None
) -> dict[str, Any]:
    """A dimension to store, in the place of `before`. A price for another usage has a history of
    its own."""
    said = dict.fromkeys(PricingDimensionResource.model_fields) | sent_members(body)
    price = {member: said[member] for member in UNIT_PRICES}
    usage = {member: said[member] for member in USAGE}
    entry = {"id": before["id"] if before else new_id(), **usage}
    history = before["prices"] if before and usage_key(before) == usage_key(entry) else []
    return {**entry, "prices": add_step(history, price, now)}


def _check_usages(entries: Sequence[Doc]) -> None:
    if len(entries) > MOST_DIMENSIONS:
        raise Invalid(
            f"a model has at most {MOST_DIMENSIONS} price dimensions of a team", field="dimensions"
        )
    seen = set()
    for entry in entries:
        key = usage_key(entry)
        if key in seen:
            usage = ", ".join(str(entry[member]) for member in USAGE if entry[member])
            raise Duplicate(NAME, "usage", usage)
        seen.add(key)


def _check_ids(bodies: Sequence[PricingDimensionResource]) -> None:
    given = Counter(body.id for body in bodies if body.id)
    twice = []
    for at, body in enumerate(bodies):
        if given[body.id or ""] > 1:
            twice.append(Fault(f"{at}.id", "this id comes twice"))
    if twice:
        raise Invalid(f"{twice[0].field}: {twice[0].message}", faults=twice)


def _check_unchanged(body: PricingDimensionResource, entry: Doc) -> None:
    is_same_usage = usage_key(body.model_dump(mode="json")) == usage_key(entry)
    if not is_same_usage or body.unitPrice != entry["unitPrice"]:
        raise Forbidden(
            "a list price cannot be changed: leave its id out to make it a price of the team"
        )


def _is_billed_by(entries: Iterable[Doc], *units: str) -> bool:
    return any(entry["billingUnit"] in units for entry in entries)


def _is_by_time_or_token(entry: Doc) -> bool:
    return entry["billingUnit"] in ("PER_SECOND", "PER_MINUTE", "PER_HOUR", "PER_TOKEN")
