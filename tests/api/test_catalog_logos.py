"""…/logo of products, sources and teams"""

import struct
import zlib
from typing import Any

import pytest

from tests.catalog.records import Records
from tests.support.client import Answer, Client

KINDS = [
    ("products", "logo", {"name": "P", "version": "1.0.0"}),
    ("sources", "logoURL", {"name": "S", "type": "API", "version": "1"}),
    ("teams", "logo", {"name": "T"}),
]
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(width: int = 1, padding: int = 0) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + chunk(b"tEXt", b"x" * padding)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND")
    )


def upload(client: Client, path: str, data: bytes, part: str = "file") -> Answer:
    head = (
        f'--XX\r\nContent-Disposition: form-data; name="{part}"; filename="a.png"\r\n\r\n'.encode()
    )
    headers = {"content_type": "multipart/form-data; boundary=XX"}
    return client.send("PATCH", path, head + data + b"\r\n--XX--\r\n", None, headers)


@pytest.mark.parametrize(("path", "member", "body"), KINDS)
def test_a_logo_is_kept_shown_replaced_and_removed(
    client: Client, path: str, member: str, body: dict[str, Any]
) -> None:
    records = Records(client, path)
    made = records.make(**body)["id"]
    logo = f"{records.path}/{made}/logo"
    assert client.get(logo).status == records.send("DELETE", f"/{made}/logo").status == 404
    first = upload(client, logo, png()).json[member]
    assert first.startswith(f"{logo}?v=")
    assert client.get(logo).body == png()
    assert upload(client, logo, png(2)).json[member] != first
    assert (client.get(logo).body, records.get(made)[member].startswith(logo)) == (png(2), True)
    whole = records.get(made)
    assert records.put(made, **whole).json == whole
    other = Client(client.world)
    assert (
        other.get(logo).status
        == upload(other, logo, png()).status
        == other.send("DELETE", logo, b"", None, {}).status
        == 404
    )
    assert records.send("DELETE", f"/{made}/logo").status == 200
    assert records.send("DELETE", f"/{made}/logo").status == client.get(logo).status == 404
    assert records.get(made)[member] is None


@LOCAL
def test_what_is_no_picture_is_refused(client: Client) -> None:
    records = Records(client, "products")
    logo = f"{records.path}/{records.make(name='P', version='1.0.0')['id']}/logo"
    whole = png()
    damaged = whole[:40] + bytes([whole[40] ^ 1]) + whole[41:]
    for data in (b"GIF89a", whole[:-1], whole + b"x", damaged, png(0), png(10_000), whole[:33]):
        assert upload(client, logo, data).status == 415
    assert (
        upload(client, logo, b"").status == upload(client, logo, whole, part="other").status == 400
    )
    assert upload(client, logo, png(padding=2**20)).status == 413
    assert client.get(logo).status == 404
