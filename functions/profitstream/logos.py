"""Logos of records: three doors of each resource that has one."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from chalicelib.catalog import pictures
from chalicelib.catalog.pictures import LogoUpload
from chalicelib.kit.http.bodies import MULTIPART
from chalicelib.kit.http.doors import Doors
from chalicelib.kit.http.messages import Response, Upload
from chalicelib.resources.schemas import Deleted
from chalicelib.resources.shelf import Shelf
from functions.seam import Call

Json = dict[str, Any]


def declare(
    doors: Doors,
    path: str,
    noun: str,
    shelf: Callable[[Call[Any, Any]], Shelf],
    *,
    answer: type[BaseModel],
    query: type[BaseModel],
    scope: str = "write",
    member: str = "logo",
) -> None:
    """Doors at `path`/{id}/logo; `noun` is what operations call the resource, `scope` what a change
    of it needs, `member` where the resource tells the picture's place."""
    place = f"{path}/{{id}}/logo"

    def update(call: Call[Any, list[Upload]]) -> Json:
        return pictures.store(shelf(call), call.path["id"], member, call.body)

    def get(call: Call[Any, None]) -> Response:
        return pictures.picture(shelf(call), call.path["id"], member)

    def delete(call: Call[Any, None]) -> Json:
        return pictures.remove(shelf(call), call.path["id"], member)

    update.__doc__ = (
        f"Upload the logo of a {noun}: a PNG picture of up to 1 MiB in the part `file`."
    )
    get.__doc__ = f"The logo of a {noun}, as a PNG picture."
    delete.__doc__ = f"Remove the logo of a {noun}."
    doors.patch(
        place,
        operation_id=f"update_{noun}_logo",
        scope=scope,
        query=query,
        body=LogoUpload,
        media=(MULTIPART,),
        answer=answer,
        errors=(404, 409, 413, 415),
    )(update)
    doors.get(place, operation_id=f"get_{noun}_logo", scope="read", query=query, errors=(404,))(get)
    doors.delete(
        place,
        operation_id=f"delete_{noun}_logo",
        scope=scope,
        query=query,
        answer=Deleted,
        errors=(404, 409),
    )(delete)
