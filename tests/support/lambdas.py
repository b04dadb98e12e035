"""The deployed package under AWS's own runtime emulator, against moto's server."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from infra.deploy.packager import add_bytecode

ROOT = Path(__file__).resolve().parents[2]
RIE = Path(sys.prefix) / "rie"
EMULATOR = RIE / "samcli/local/rapid/aws-lambda-rie-x86_64"
_INVOKE = "/2015-03-31/functions/function/invocations"
_PATIENCE_S = 60.0


def build_package(folder: Path) -> Path:
    """The zip of the API function: our code, what requirements.txt locks, and its bytecode. The
    installed packages stand in for downloaded ones, because tests reach no index."""
    package = folder / "deployment.zip"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("chalicelib", "functions"):
            for path in sorted((ROOT / name).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    archive.write(path, str(path.relative_to(ROOT)))
        archive.write(ROOT / "app.py", "app.py")
        for path, name in _locked_files():
            archive.write(path, name)
    add_bytecode(package)
    return package


def _locked_files() -> Iterator[tuple[str, str]]:
    """Files of every distribution that requirements.txt names, and of Chalice's runtime."""
    names = ["chalice"]
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            requirement = Requirement(line.split("\\")[0].strip())
            if requirement.marker is None or requirement.marker.evaluate():
                names.append(requirement.name)
    for name in names:
        for file in distribution(name).files or ():
            path = Path(str(file.locate()))
            inside = not str(file).startswith("..") and "__pycache__" not in file.parts
            if inside and path.is_file():
                yield str(path), str(file)


@contextmanager
def emulated(package: Path, environment: Mapping[str, str]) -> Iterator["Function"]:
    """Run the function from the unpacked zip, with nothing of this environment but Python."""
    task = package.parent / "task"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(task)
    shutil.copytree(RIE / "awslambdaric", package.parent / "runtime" / "awslambdaric")
    for path in (*RIE.glob("runtime_client*"), *RIE.glob("snapshot_restore_py*")):
        target = package.parent / "runtime" / path.name
        shutil.copytree(path, target) if path.is_dir() else shutil.copy(path, target)
    port = _free_port()
    command = [
        str(EMULATOR),
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{port}",
        "--runtime-api-address",
        f"127.0.0.1:{_free_port()}",
        sys.executable,
        "-S",
        "-m",
        "awslambdaric",
        "app.app",
    ]
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{task}{os.pathsep}{package.parent / 'runtime'}",
        "LAMBDA_TASK_ROOT": str(task),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "60",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        **environment,
    }
    log = (package.parent / "function.log").open("w")
    with log, subprocess.Popen(command, cwd=task, env=variables, stdout=log, stderr=log) as process:
        try:
            yield Function(port, package.parent / "function.log")
        finally:
            process.kill()


class Function:
    """Invoked as API Gateway invokes it."""

    def __init__(self, port: int, log: Path) -> None:
        self._url = f"http://127.0.0.1:{port}{_INVOKE}"
        self._log = log

    def call(
        self, method: str, path: str, key: str = "", body: Any = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of one request."""
        event = {
            "httpMethod": method,
            "path": path,
            "resource": "/{proxy+}",
            "headers": {"x-api-key": key, "Content-Type": "application/json"},
            "multiValueQueryStringParameters": None,
            "pathParameters": {"proxy": path.lstrip("/")},
            "requestContext": {"requestId": "r", "path": path, "httpMethod": method},
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = self._invoke(json.dumps(event).encode())
        assert "statusCode" in answer, (answer, self._log.read_text()[-3000:])
        return answer["statusCode"], json.loads(answer["body"])

    def _invoke(self, event: bytes) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(self._url, event, timeout=_PATIENCE_S) as answer:
                    found: dict[str, Any] = json.loads(answer.read())
                    return found
            except urllib.error.URLError:
                assert time.monotonic() < end, self._log.read_text()[-3000:]
                time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
