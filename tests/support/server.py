"""A real `meterlake up`, in a process of its own."""

import http.client
import json
import socket
import subprocess
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ROOT / ".venv/bin/meterlake"
_PATIENCE_S = 30


class Server:
    """Started as a user starts it; `line` is the JSON line that it prints first."""

    def __init__(self, folder: Path, *options: str, stderr: IO[bytes] | None = None) -> None:
        command = [COMMAND, "up", "--json", "--port", "0", "--data", folder, *options]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT
        )
        assert self._process.stdout
        self.line: dict[str, str] = json.loads(self._process.stdout.readline())
        self._connection = http.client.HTTPConnection(urlsplit(self.line["url"]).netloc)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.returncode is None:
            self._process.terminate()
            assert self._end() == 0

    @property
    def process_id(self) -> int:
        """Of the parent, which keeps the lake."""
        return self._process.pid

    def reconnect(self) -> None:
        """Use a new connection from now on."""
        self._connection.close()

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self._process.kill()
        self._end()

    def is_silent(self) -> bool:
        """Nobody answers at its address any more, not even a child that outlived it."""
        with socket.socket() as probe:
            parts = urlsplit(self.line["url"])
            return probe.connect_ex((str(parts.hostname), int(parts.port or 0))) != 0

    def _end(self) -> int:
        self._connection.close()
        code = self._process.wait(_PATIENCE_S)
        assert self._process.stdout
        self._process.stdout.close()
        return code

    def call(
        self, method: str, path: str, key: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Status and JSON of one request over a connection that stays open."""
        given = {"x-api-key": key, "Content-Type": "application/json", **headers}
        self._connection.request(method, path, None if body is None else json.dumps(body), given)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())
