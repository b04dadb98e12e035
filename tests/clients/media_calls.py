"""What an application does: speech both ways through the OpenAI middleware. Images it meters
itself, as the middleware does not, and video, API calls and whatever it counts, with the client
that comes with the SDK."""

from datetime import UTC, datetime
from typing import Any

import openai
import revenium_middleware.openai  # noqa: F401 - importing it is what turns metering on
from revenium_middleware import flush_metering, get_client

METADATA = {
    "organizationName": "AcmeCorp",
    "productName": "chatbot",
    "agent": "voice",
    "subscriber": {
        "id": "u1",
        "email": "u1@acme.com",
        "credential": {"name": "prod-key", "value": "sk-1"},
    },
}
NOW = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
MADE: dict[str, Any] = {
    "provider": "OPENAI",
    "request_time": NOW,
    "response_time": NOW,
    "request_duration": 1200,
    "agent": "studio",
}

app = openai.OpenAI()
sound = ("hello.wav", b"RIFF", "audio/wav")
app.audio.transcriptions.create(
    model="whisper-1",
    file=sound,
    response_format="verbose_json",
    language="en",
    usage_metadata=METADATA,
)
app.audio.transcriptions.create(model="gpt-4o-mini-transcribe", file=sound, usage_metadata=METADATA)
app.audio.translations.create(
    model="whisper-1", file=sound, usage_metadata=METADATA
)  # its answer tells no length
app.audio.speech.create(model="tts-1", voice="alloy", input="Hello world", usage_metadata=METADATA)
app.images.generate(model="dall-e-3", prompt="A lake")

meter = get_client()
meter.ai.create_image(
    **MADE,
    model="dall-e-3",
    transaction_id="image-1",
    requested_image_count=2,
    actual_image_count=2,
    resolution="1024x1024",
    quality="hd",
    style="vivid",
    billing_unit="PER_IMAGE",
    operation_type="IMAGE",
)
meter.ai.create_video(
    **MADE,
    model="sora-2",
    transaction_id="video-1",
    duration_seconds=5.0,
    resolution="720p",
    fps=24,
    video_job_id="job-v1",
    async_operation=True,
    completion_status="SUCCESS",
    billing_unit="PER_SECOND",
    operation_type="VIDEO",
)
meter.events.create(
    transaction_id="event-1",
    payload={"requestTokens": "1", "responseTokens": 2},
    source_type="SDK_PYTHON",
    source_id="src-1",
    subscriber_credential="cred-1",
)
meter.apis.meter_request(
    transaction_id="api-1",
    method="GET",
    resource="/x",
    source_id="s",
    source_type="KONG",
    user_agent="ua",
    content_type="application/json",
    credential="cr",
    remote_host="1.2.3.4",
    request_message_size=10,
)
meter.apis.meter_response(
    transaction_id="api-1",
    response_code=200,
    backend_latency=3.5,
    gateway_latency=1.5,
    total_duration=10,
    content_type="application/json",
    response_message_size=20,
)
assert flush_metering(10) == 0
