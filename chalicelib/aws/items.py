"""The classes of items in the core table, and of its two indexes."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model


class NameIndex(GlobalSecondaryIndex["DocumentItem"]):  # type: ignore[no-untyped-call]
    """GSI1: the documents of a scope and kind by folded name, then id."""

    class Meta:
        """Of pynamodb."""

        index_name = "GSI1"
        projection = AllProjection()

    name_pk = UnicodeAttribute(hash_key=True)
    name_sk = UnicodeAttribute(range_key=True)


class ReferenceIndex(GlobalSecondaryIndex["DocumentItem"]):  # type: ignore[no-untyped-call]
    """GSI2: the same by folded reference."""

    class Meta:
        """Of pynamodb."""

        index_name = "GSI2"
        projection = AllProjection()

    reference_pk = UnicodeAttribute(hash_key=True)
    reference_sk = UnicodeAttribute(range_key=True)


class Item(Model):
    """What every item has."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class DocumentItem(Item):
    """A record; `doc` and `unique` are JSON text, which costs a fraction of nested attributes. A
    deleted one has no `name_pk` and no `reference_pk`, so that the indexes do not know it."""

    kind = UnicodeAttribute()
    id = UnicodeAttribute()
    version = NumberAttribute()
    name = UnicodeAttribute()
    reference = UnicodeAttribute()
    unique = UnicodeAttribute()
    doc = UnicodeAttribute()
    created_at = NumberAttribute()
    updated_at = NumberAttribute()
    name_pk = UnicodeAttribute(null=True)
    name_sk = UnicodeAttribute()
    reference_pk = UnicodeAttribute(null=True)
    reference_sk = UnicodeAttribute()
    by_name = NameIndex()
    by_reference = ReferenceIndex()


class NoteItem(Item):
    """One text under a key: the owner of a unique value, a feed position, the sealed digest key."""

    text = UnicodeAttribute()


class ReplayItem(Item):
    """A kept answer, or the lock before it (`status` 0). `until` in ms; `expires` in seconds is for
    DynamoDB's TTL."""

    body_hash = UnicodeAttribute()
    status = NumberAttribute()
    body = UnicodeAttribute()
    until = NumberAttribute()
    expires = NumberAttribute()
