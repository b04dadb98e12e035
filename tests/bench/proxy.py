"""LiteLLM's proxy as a peer, in a virtual environment of its own: what the SDK brings does not
serve, the proxy wants sixty packages more."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.peers import free_port

_PACKAGE = "litellm[proxy]==1.106.2"
_VENV = Path(__file__).parents[2] / ".bench-venv" / "peers" / "litellm"
_KEY = "sk-bench"
_PATIENCE_S = 120.0
_CONFIG = f"""
model_list:
  - model_name: m
    litellm_params: {{model: openai/m, api_key: none, mock_response: Hello}}
general_settings: {{master_key: {_KEY}}}
litellm_settings: {{telemetry: false}}
"""


@dataclass(frozen=True)
class Proxy:
    """A running proxy, that is false when it could not be started; `note` tells which, or why."""

    note: str
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.url)


@contextmanager
def litellm_proxy() -> Iterator[Proxy]:
    """The proxy with one worker and one model whose answer is made up."""
    try:
        _install()
    except (subprocess.SubprocessError, OSError) as error:
        yield Proxy(f"{_PACKAGE}: not installed, {type(error).__name__}")
        return
    port = free_port()
    with TemporaryDirectory() as folder:
        (Path(folder) / "config.yaml").write_text(_CONFIG, encoding="utf-8")
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [_VENV / "bin" / "litellm", "--config", "config.yaml", "--host", "127.0.0.1",
                 "--port", str(port)],
                cwd=folder, stdout=log, stderr=log, start_new_session=True,
                env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"},
            )  # fmt: skip
            try:
                if _await(process, port):
                    url = f"http://127.0.0.1:{port}"
                    yield Proxy(_PACKAGE, url, {"Authorization": f"Bearer {_KEY}"})
                else:
                    yield Proxy(f"{_PACKAGE}: did not start in {_PATIENCE_S:.0f} s")
            finally:
                os.killpg(process.pid, 9)  # the group is its own
                process.wait()


def _install() -> None:
    ready = _VENV / "ready"
    if ready.exists() and ready.read_text(encoding="utf-8") == _PACKAGE:
        return
    subprocess.run([sys.executable, "-m", "venv", str(_VENV)], check=True, capture_output=True)
    pip = [str(_VENV / "bin" / "python"), "-m", "pip", "install", "-q", _PACKAGE]
    subprocess.run(pip, check=True, capture_output=True, timeout=900)
    ready.write_text(_PACKAGE, encoding="utf-8")


def _await(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/liveliness")
            if connection.getresponse().status == http.client.OK:
                return True
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    return False
