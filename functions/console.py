"""/ and /console: the page for people. It is built by infra/console/build.py and speaks nothing but
the public API."""

from hashlib import sha256
from pathlib import Path

from chalicelib.kit.errors import NotFound
from chalicelib.kit.http.compression import takes_gzip
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from functions.families import OPEN
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(OPEN, tag="")
"""Without a tag, because a page for people is no part of the contract."""
FOLDER = Path(__file__).resolve().parents[1] / "chalicelib" / "console"
_INDEX = "index.html"
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}
_POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
    "img-src 'self' data:", "require-trusted-types-for 'script'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
))  # fmt: skip
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
}
_UNBUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Meterlake</title>
<h1>The console is not built here</h1><p>The API answers all the same. <code>make console</code>
builds the page; it needs the npm registry once.</p></html>
"""


@router.get("/console", aliases=("/",))
def open_console(call: Call[None, None]) -> Response:
    """The page. From the root, and without the slash, the way to it: relative, because API Gateway
    puts its stage before every path."""
    if call.request.path != "/console/":
        return Response(302, b"", _TYPES[".html"], {"Location": "console/"})
    if not (FOLDER / _INDEX).is_file():
        return Response(503, _UNBUILT, _TYPES[".html"], _HEADERS)
    return _answer(call, _INDEX, "no-cache")


@router.get("/console/{name+}")
def get_console_file(call: Call[None, None]) -> Response:
    """A part of the page. Its name holds a hash of what is in it, so it never changes."""
    name = call.path["name"]
    # Looked for in a list, so that no name leads out of the folder.
    if name not in {path.name for path in FOLDER.glob("*-*") if path.suffix in _TYPES}:
        raise NotFound(f"the console has no file {name[:64]}")
    return _answer(call, name, "public, max-age=31536000, immutable")


def _answer(call: Call[None, None], name: str, keeping: str) -> Response:
    headers = {**_HEADERS, "Cache-Control": keeping}
    path = FOLDER / name
    if takes_gzip(call.request):
        path = path.with_name(f"{name}.gz")
        headers["Content-Encoding"] = "gzip"
    body = path.read_bytes()
    headers["ETag"] = f'"{sha256(body).hexdigest()[:32]}"'
    if call.request.headers.get("if-none-match") == headers["ETag"]:
        headers.pop("Content-Encoding", None)
        return Response(304, b"", _TYPES[Path(name).suffix], headers)
    return Response(200, body, _TYPES[Path(name).suffix], headers)


handler = gateway_handler(router)
