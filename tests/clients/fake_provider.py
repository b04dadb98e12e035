"""A provider of models that answers what OpenAI and Anthropic answer, with fixed token counts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any

_NUMBERS = count(1)


def _chat(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-fake-{next(_NUMBERS)}",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": asked["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "hi"},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": 1000,
            "completion_tokens": 100,
            "total_tokens": 1100,
            "prompt_tokens_details": {"cached_tokens": 400},
        },
    }


def _message(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"msg_fake_{next(_NUMBERS)}",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": [{"type": "text", "text": "hi"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 500,
            "output_tokens": 50,
            "cache_read_input_tokens": 2000,
            "cache_creation_input_tokens": 300,
            "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100},
        },
    }


def _chunks(asked: dict[str, Any]) -> bytes:
    """The same chat as a stream, its usage in a chunk of its own."""
    whole = _chat(asked)
    head = {name: whole[name] for name in ("id", "created", "model")} | {
        "object": "chat.completion.chunk"
    }
    choices = [
        {"index": 0, "delta": {"role": "assistant", "content": "hi"}, "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": "stop"},
    ]
    chunks = [head | {"choices": [choice]} for choice in choices] + [
        head | {"choices": [], "usage": whole["usage"]}
    ]
    return (
        "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"
    )


def _embedding(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "list",
        "model": asked["model"],
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
        "usage": {"prompt_tokens": 1000, "total_tokens": 1000},
    }


def _transcript(form: bytes) -> dict[str, Any]:
    """12.5 seconds of whisper, 200 tokens of the newer model; no usage unless the form asks for
    more than the text."""
    if b"gpt-4o-mini-transcribe" in form:
        details = {"audio_tokens": 150, "text_tokens": 50}
        usage = {"type": "tokens", "input_tokens": 200, "output_tokens": 20, "total_tokens": 220}
        return {"text": "hi", "usage": usage | {"input_token_details": details}}
    if b"verbose_json" in form:
        return {
            "text": "hi",
            "task": "transcribe",
            "language": "english",
            "duration": 12.5,
            "segments": [],
        }
    return {"text": "hi"}


def _image(asked: dict[str, Any]) -> dict[str, Any]:
    return {"created": 1_790_000_000, "data": [{"url": "http://127.0.0.1/lake.png"}]}


_ANSWERS = {
    "completions": _chat,
    "messages": _message,
    "embeddings": _embedding,
    "generations": _image,
}


def _answer(path: str, sent: bytes) -> tuple[str, bytes]:
    """The media type and bytes for a request."""
    place = path.rpartition("/")[2]
    if place in {"transcriptions", "translations"}:
        return "application/json", json.dumps(_transcript(sent)).encode()
    if place == "speech":
        return "audio/mpeg", b"ID3"
    asked = json.loads(sent)
    if asked.get("stream"):
        return "text/event-stream", _chunks(asked)
    return "application/json", json.dumps(_ANSWERS[place](asked)).encode()


class _Provider(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        media, body = _answer(self.path, self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def provider() -> Iterator[str]:
    """The URL of a running provider."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
