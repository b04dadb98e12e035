"""Logos of records: three operations of each resource that has one."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from chalicelib.catalog import pictures
from chalicelib.catalog.pictures import LogoUpload
from chalicelib.kit.http.bodies import MULTIPART
from chalicelib.kit.http.messages import Response, Upload
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted
from chalicelib.resources.store import Store
from functions.seam import Call

Json = dict[str, Any]


def declare(
    router: Router,
    path: str,
    noun: str,
    store: Callable[[Call[Any, Any]], Store],
    *,
    answer: type[BaseModel],
    query: type[BaseModel],
    scope: str = "write",
    member: str = "logo",
) -> None:
    """Operations at `path`/{id}/logo; `noun` is what operations call the resource, `scope` what a
    change of it needs, `member` where the resource tells the picture's place."""
    place = f"{path}/{{id}}/logo"

    def update(call: Call[Any, list[Upload]]) -> Json:
        return pictures.upload_logo(store(call), call.path["id"], member, call.body)

    def get(call: Call[Any, None]) -> Response:
        return pictures.read_logo(store(call), call.path["id"], member)

    def delete(call: Call[Any, None]) -> Json:
        return pictures.remove_logo(store(call), call.path["id"], member)

    update.__doc__ = (
        f"Upload the logo of a {noun}: a PNG picture of up to 1 MiB in the part `file`."
    )
    get.__doc__ = f"The logo of a {noun}, as a PNG picture."
    delete.__doc__ = f"Remove the logo of a {noun}."
    router.patch(
        place,
        operation_id=f"update_{noun}_logo",
        scope=scope,
        query=query,
        body=LogoUpload,
        media=(MULTIPART,),
        answer=answer,
        errors=(404, 409, 413, 415),
    )(update)
    router.get(place, operation_id=f"get_{noun}_logo", scope="read", query=query, errors=(404,))(
        get
    )
    router.delete(
        place,
        operation_id=f"delete_{noun}_logo",
        scope=scope,
        query=query,
        answer=Deleted,
        errors=(404, 409),
    )(delete)
