"""A provider of ours on loopback: answers what a test tells it to, and remembers what was asked."""

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came; header names are lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: JSON of a value, or bytes as they are."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        return json.dumps(self.content).encode()


Script = Callable[[Asked], Answer]


class FakeProvider(AbstractContextManager["FakeProvider"]):
    """Serves while its context is open. What nobody told it is answered with 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.scripts: dict[tuple[str, str], Script] = {}
        self._other: Script | None = None
        self._queues: defaultdict[tuple[str, str], deque[Answer]] = defaultdict(deque)
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._serve(self)

            do_POST = do_DELETE = do_PUT = do_PATCH = do_GET

            def log_message(self, *args: object) -> None:
                """Be silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, method: str, path: str, content: Any = None, **more: Any) -> None:
        """Answer the next request so; the last answer to a path is repeated for ever."""
        self._queues[method, path].append(Answer(content, **more))

    def script(self, method: str, path: str, script: Script) -> None:
        """Let a function answer a path."""
        self.scripts[method, path] = script

    def script_all(self, script: Script) -> None:
        """Let a function answer every path that nothing else was told about."""
        self._other = script

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        asked = Asked(
            handler.command,
            parts.path,
            parse_qsl(parts.query, keep_blank_values=True),
            {name.lower(): value for name, value in handler.headers.items()},
            handler.rfile.read(int(handler.headers.get("Content-Length", 0))),
        )
        self.asked.append(asked)
        answer = self._choose(asked)
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.data)))
        handler.end_headers()
        handler.wfile.write(answer.data)

    def _choose(self, asked: Asked) -> Answer:
        if script := self.scripts.get((asked.method, asked.path)):
            return script(asked)
        queue = self._queues.get((asked.method, asked.path))
        if not queue:
            if self._other:
                return self._other(asked)
            return Answer({"error": "nobody told me"}, 404)
        return queue.popleft() if len(queue) > 1 else queue[0]
