"""Logos of records: three operations of each resource that has one."""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Logo:
    """The logo of a resource, at `path`/{id}/logo. `noun` is what operations call the resource,
    `answer` the model of its records, `scope` what a change of a logo needs, and `member` the
    member of a record that tells where its logo is."""

    path: str
    noun: str
    answer: type[BaseModel]
    scope: str = "write"
    member: str = "logo"


def declare_logo(router: Router, logo: Logo, store: Callable[[Call[Any, Any]], Store]) -> None:
    """Declare the operations that upload, show and remove the logo of a resource."""
    place, noun = f"{logo.path}/{{id}}/logo", logo.noun

    def update(call: Call[Any, list[Upload]]) -> Json:
        return pictures.upload_logo(store(call), call.path["id"], logo.member, call.body)

    def get(call: Call[Any, None]) -> Response:
        return pictures.read_logo(store(call), call.path["id"], logo.member)

    def delete(call: Call[Any, None]) -> Json:
        return pictures.remove_logo(store(call), call.path["id"], logo.member)

    update.__doc__ = (
        f"Upload the logo of a {noun}: a PNG picture of up to 1 MiB in the part `file`."
    )
    get.__doc__ = f"The logo of a {noun}, as a PNG picture."
    delete.__doc__ = f"Remove the logo of a {noun}."
    router.patch(
        place,
        operation_id=f"update_{noun}_logo",
        scope=logo.scope,
        body=LogoUpload,
        media=(MULTIPART,),
        answer=logo.answer,
        errors=(404, 409, 413, 415),
    )(update)
    router.get(place, operation_id=f"get_{noun}_logo")(get)
    router.delete(place, operation_id=f"delete_{noun}_logo", scope=logo.scope, answer=Deleted)(
        delete
    )
