"""The SDK's unchanged audio middleware, and the client inside it for all else, meter against a real
server."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.clients.applications import columns, ledger, run, totals
from tests.clients.fake_provider import provider
from tests.support.patience import eventually
from tests.support.server import Server

WHISPER_USD = Decimal("0.00125")
"""12.5 seconds at $0.006 a minute; the call whose answer told no length adds nothing."""
TRANSCRIBE_USD = Decimal("0.0006125")
"""150 audio tokens at $3, 50 text tokens at $1.25 and 20 out at $5 a million."""
SPEECH_USD = Decimal("0.000165")
"""11 characters at $15 a million."""
IMAGE_USD = Decimal("0.16")
"""2 large ones at $0.08; those that OpenAI made are not metered."""
VIDEO_USD = Decimal("0.5")
"""5 seconds at $0.10."""
BY_MODEL = {
    "whisper-1": WHISPER_USD,
    "gpt-4o-mini-transcribe": TRANSCRIBE_USD,
    "tts-1": SPEECH_USD,
    "dall-e-3": IMAGE_USD,
    "sora-2": VIDEO_USD,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server that the application has metered to, and whose reports were right."""
    home = tmp_path_factory.mktemp("media")
    with provider() as provider_url, Server(home / "data") as server:
        run("media_calls.py", home, server.line, provider_url)
        eventually(lambda: totals(server.line, "model") == BY_MODEL)
        heard = WHISPER_USD + TRANSCRIBE_USD + SPEECH_USD
        assert totals(server.line, "agent") == {"voice": heard, "studio": IMAGE_USD + VIDEO_USD}
        assert totals(server.line, "api-key")["prod-key"] == heard
    return home / "data"


def _calls(folder: Path, kind: str) -> dict[tuple[str, str | None], dict[str, Any]]:
    rows = [row for row in ledger(folder, "ai_events") if row["kind"] == kind]
    calls = {(row["model"], row.get("operation_subtype")): row for row in rows}
    assert len(calls) == len(rows)
    return calls


def test_audio(folder: Path) -> None:
    calls = _calls(folder, "AUDIO")
    quantities = "billing_unit seconds characters input_tokens audio_input_tokens output_tokens"
    assert {call: tuple(columns(row, quantities).values()) for call, row in calls.items()} == {
        ("whisper-1", "transcription"): (None, 12.5, None, None, None, None),
        ("whisper-1", "translation"): (None, None, None, None, None, None),
        ("gpt-4o-mini-transcribe", "transcription"): ("PER_TOKEN", None, None, 200, 150, 20),
        ("tts-1", "tts"): ("PER_CHARACTER", None, 11, None, None, None),
    }
    assert json.loads(calls["tts-1", "tts"]["extras"]) == {
        "voice": "alloy",
        "responseFormat": "mp3",
    }
    heard = json.loads(calls["whisper-1", "transcription"]["extras"])
    assert heard == {"language": "en", "responseFormat": "verbose_json"}
    assert {row["subscriber"] for row in calls.values()} == {"u1"}


def test_images_and_video(folder: Path) -> None:
    (image,), (video,) = _calls(folder, "IMAGE").values(), _calls(folder, "VIDEO").values()
    names = "transaction_id billing_unit images quality resolution"
    assert tuple(columns(image, names).values()) == ("image-1", "PER_IMAGE", 2, "hd", "1024x1024")
    assert json.loads(image["extras"]) == {"requestedImageCount": 2, "style": "vivid"}
    names = "transaction_id billing_unit seconds resolution"
    assert tuple(columns(video, names).values()) == ("video-1", "PER_SECOND", 5.0, "720p")
    assert json.loads(video["extras"]) == {
        "fps": 24,
        "videoJobId": "job-v1",
        "asyncOperation": True,
        "completionStatus": "SUCCESS",
    }


def test_api_calls(folder: Path) -> None:
    _, whole = ledger(folder, "api_events")
    expected = {
        "version": 2,
        "transaction_id": "api-1",
        "method": "GET",
        "resource": "/x",
        "source_type": "KONG",
        "user_agent": "ua",
        "request_bytes": 10,
        "response_bytes": 20,
        "response_code": 200,
        "duration_ms": 10,
        "backend_latency_ms": 3.5,
        "gateway_latency_ms": 1.5,
        "has_request": True,
        "has_response": True,
    }
    assert columns(whole, " ".join(expected)) == expected


def test_generic_events(folder: Path) -> None:
    (event,) = ledger(folder, "custom_events")
    assert (event["transaction_id"], event["source_type"], event["is_billable"]) == (
        "event-1",
        "SDK_PYTHON",
        True,
    )
    assert json.loads(event["payload"]) == {"requestTokens": "1", "responseTokens": 2}
