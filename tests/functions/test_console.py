"""The console's door, on the laptop's server and behind API Gateway alike."""

import base64
import gzip
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kit.http.dispatch import Dispatcher
from chalicelib.kit.http.gateway import event_answer, request_of
from chalicelib.kit.http.messages import Request, Response
from chalicelib.ports.world import World
from functions import console
from functions.seam import Seam

INDEX, SCRIPT = "<!doctype html>the page", "export const one = 1;"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built console of two files, beside a secret."""
    built = tmp_path / "console"
    built.mkdir()
    (tmp_path / "secret-1.js").write_text("secret")
    for name, text in (("index.html", INDEX), ("page-AB12.js", SCRIPT)):
        (built / name).write_text(text)
        (built / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    monkeypatch.setattr(console, "FOLDER", built)
    return built


@pytest.fixture
def dispatch(local_world: World, folder: Path) -> Dispatcher:
    return Seam(local_world).dispatcher([console.router])


def ask(dispatch: Dispatcher, path: str, **headers: str) -> Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return dispatch(Request("GET", path, given, [], b"", "r"))


@pytest.mark.parametrize("path", ["/", "/console"])
def test_the_way_to_the_page_is_relative(dispatch: Dispatcher, path: str) -> None:
    answer = ask(dispatch, path)
    assert (answer.status, answer.headers["Location"]) == (302, "console/")


def test_the_page_is_looked_for_anew_each_time(dispatch: Dispatcher) -> None:
    answer = ask(dispatch, "/console/")
    assert (answer.status, answer.body.decode()) == (200, INDEX)
    assert answer.headers["Cache-Control"] == "no-cache"
    again = ask(dispatch, "/console/", if_none_match=answer.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


def test_parts_of_the_page_are_kept_for_ever(dispatch: Dispatcher) -> None:
    answer = ask(dispatch, "/console/page-AB12.js", accept_encoding="gzip, br")
    assert gzip.decompress(answer.body).decode() == SCRIPT
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    assert ask(dispatch, "/console/page-AB12.js").body.decode() == SCRIPT


def test_nothing_else_may_be_loaded_by_the_page(dispatch: Dispatcher) -> None:
    policy = ask(dispatch, "/console/").headers["Content-Security-Policy"].split("; ")
    assert {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "require-trusted-types-for 'script'",
    } <= set(policy)
    assert not any("unsafe" in each for each in policy)


@pytest.mark.parametrize(
    "name",
    ["nothing-1.js", "../secret-1.js", "..%2fsecret-1.js", "page-AB12.js.gz", "index.html", "."],
)
def test_no_other_file_is_served(dispatch: Dispatcher, name: str) -> None:
    assert ask(dispatch, f"/console/{name}").status == 404


def test_a_page_that_was_not_built_says_how_it_is(dispatch: Dispatcher, folder: Path) -> None:
    (folder / "index.html").unlink()
    answer = ask(dispatch, "/console/")
    assert answer.status == 503
    assert b"make console" in answer.body


def test_it_travels_through_api_gateway(dispatch: Dispatcher) -> None:
    event: dict[str, Any] = {
        "httpMethod": "GET",
        "path": "/console/page-AB12.js",
        "headers": {"Accept-Encoding": "gzip"},
        "requestContext": {"path": "/api/console/page-AB12.js", "requestId": "r"},
    }
    answer = event_answer(dispatch(request_of(event)), "r")
    assert answer["isBase64Encoded"]
    assert gzip.decompress(base64.b64decode(answer["body"])).decode() == SCRIPT


def test_the_console_is_no_part_of_the_contract() -> None:
    from infra.cli.contract import build_document

    assert not [path for path in build_document()["paths"] if "console" in path or path == "/"]
