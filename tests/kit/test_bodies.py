"""Bodies: packed in every way that clients pack them, and never half."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.errors import Invalid, MeterlakeError, TooLarge, UnsupportedMedia
from chalicelib.kit.http.bodies import unpack
from chalicelib.kit.http.forms import LIMIT_BYTES, uploads
from chalicelib.kit.http.messages import Request

LIMIT = 10_000


def request(body: bytes, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/", named, [], body, "r")


def form(body: bytes) -> Request:
    return request(body, content_type="multipart/form-data; boundary=b")


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.integers(0, 20))
def test_all_members_of_a_gzip_body_are_read(parts: list[bytes], padding: int) -> None:
    body = b"".join(map(gzip.compress, parts)) + b"\0" * padding
    assert unpack(request(body), LIMIT) == b"".join(parts)


@pytest.mark.parametrize("rubbish", [b"x", b"\0x", b"\x1f\x8b", b"\x1f\x8b\x08cut"])
def test_what_follows_a_gzip_body_is_not_swallowed(rubbish: bytes) -> None:
    with pytest.raises(Invalid):
        unpack(request(gzip.compress(b"{}") + rubbish), LIMIT)


@pytest.mark.parametrize("members", [1, 2, 50])
def test_a_bomb_is_cut_off_however_many_members_it_has(members: int) -> None:
    body = gzip.compress(b" " * (LIMIT // members + 1)) * members
    with pytest.raises(TooLarge):
        unpack(request(body), LIMIT)
    assert len(unpack(request(gzip.compress(b" " * LIMIT)), LIMIT)) == LIMIT


@given(st.binary(max_size=300))
def test_deflate_is_read_with_its_head_and_without(data: bytes) -> None:
    for body in (zlib.compress(data), raw_deflate(data)):
        assert unpack(request(body, content_encoding="deflate"), LIMIT) == data


def test_a_damaged_deflate_body_is_told() -> None:
    with pytest.raises(Invalid):
        unpack(request(zlib.compress(b"{}" * 99)[:-3], content_encoding="deflate"), LIMIT)


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br"])
def test_what_cannot_be_unpacked_is_said(encoding: str) -> None:
    with pytest.raises(UnsupportedMedia, match="send it as gzip"):
        unpack(request(b"x", content_encoding=encoding), LIMIT)


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "GZIP"])
def test_a_body_that_was_not_packed_is_taken_as_it_is(encoding: str) -> None:
    assert unpack(request(b"{}", content_encoding=encoding), LIMIT) == b"{}"


def test_parts_come_with_their_names_types_and_bytes() -> None:
    data = bytes(range(256))
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a \xc3\xa9.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + data + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n--b--\r\n'
    )
    file, note = uploads(form(body), body)
    assert (file.name, file.filename, file.content_type) == ("file", "a é.png", "image/png")
    assert file.data == data
    assert (note.name, note.content_type, note.data) == ("note", "text/plain", b"hi")


PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", Invalid),
        (b"--b--\r\n", Invalid),
        (b"rubbish", Invalid),
        (PART, Invalid),
        (PART * 33 + b"--b--\r\n", TooLarge),
        (PART * 100_000 + b"--b--\r\n", TooLarge),
        (b"--b\r\n" + b"X: y\r\n" * 9 + b"\r\nx\r\n--b--\r\n", TooLarge),
        (b'--b\r\nContent-Disposition: form-data; name="' + b'a="' * 16_000, MeterlakeError),
        (b" " * (LIMIT_BYTES + 1), TooLarge),
    ],
    ids=range(9),
)
def test_a_bad_form_is_told(body: bytes, error: type[MeterlakeError]) -> None:
    with pytest.raises(error):
        uploads(form(body), body)


def test_a_form_without_boundary_is_told() -> None:
    with pytest.raises(Invalid):
        uploads(request(PART, content_type="multipart/form-data"), PART)
