"""Pictures: the PNG logos of records, sealed in the vault, shown at the record's path and
`/logo`."""

import hashlib
from collections.abc import Sequence
from typing import Any

from chalicelib.catalog.png import check_png
from chalicelib.kit.errors import Invalid, TooLarge
from chalicelib.kit.http.messages import Response, Upload
from chalicelib.ports.documents import Record
from chalicelib.ports.vault import NotInVault
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.schemas import Wire
from chalicelib.resources.store import Store

PNG = "image/png"
_MOST_BYTES = 2**20


class LogoUpload(Wire):
    """A multipart body."""

    file: bytes


def upload_logo(
    store: Store, record_id: str, member: str, uploads: Sequence[Upload]
) -> dict[str, Any]:
    """Keep the part `file` of a multipart body as the logo of a record, whose member `member` then
    holds the path that shows it. Answers the record as it is shown.

    Raises Invalid, TooLarge, UnsupportedMedia, UnknownRecord.
    """
    record = store.get(record_id)
    data = next((upload.data for upload in uploads if upload.name == "file"), b"")
    if not data:
        raise Invalid("file: must be a PNG picture, and not empty", field="file")
    if len(data) > _MOST_BYTES:
        raise TooLarge(f"the picture is over {_MOST_BYTES} bytes")
    check_png(data)
    store.world.vault.put(store.scope, _name(record), data)
    # The mark changes with the picture, so that nobody goes on showing an old one.
    mark = hashlib.blake2b(data, digest_size=4).hexdigest()
    return store.row(store.change(record, {member: f"{_path(store, record)}?v={mark}"}))


def read_logo(store: Store, record_id: str, member: str) -> Response:
    """The logo of a record, as an answer with the picture. Raises UnknownRecord."""
    record = _with_logo(store, record_id, member)
    try:
        data = store.world.vault.get(store.scope, _name(record))
    except NotInVault as error:
        raise UnknownRecord("Logo", record_id) from error
    return Response(
        200,
        data,
        PNG,
        {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"},
    )


def remove_logo(store: Store, record_id: str, member: str) -> dict[str, Any]:
    """Forget the logo of a record. Raises UnknownRecord when it has none."""
    record = _with_logo(store, record_id, member)
    store.change(record, {member: None})
    store.world.vault.delete(store.scope, _name(record))
    name = store.resource.name
    return {
        "id": record.id,
        "message": f"The logo of {name} {record.id} was deleted",
        "resourceType": "logo",
    }


def _with_logo(store: Store, record_id: str, member: str) -> Record:
    record = store.get(record_id)
    if not str(record.doc.get(member) or "").startswith(_path(store, record)):
        raise UnknownRecord("Logo", record_id)
    return record


def _path(store: Store, record: Record) -> str:
    return f"{store.resource.path}/{record.id}/logo"


def _name(record: Record) -> str:
    return f"logos/{record.kind}/{record.id}.png"
