"""/meter/v2/ai/audio, /images, /video"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.metering.media import audio_draft, image_draft, video_draft
from chalicelib.metering.media_schemas import AiAudioIngest, AiImageIngest, AiVideoIngest
from chalicelib.metering.schemas import MeteringAck
from chalicelib.metering.service import record_one
from functions.families import METER
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(METER, "ingest")
_OPTIONS: dict[str, Any] = {
    "scope": "metering",
    "answer": MeteringAck,
    "status": 201,
    "idempotent": True,
}


@router.post("/ai/audio", operation_id="meter_ai_audio", body=AiAudioIngest, **_OPTIONS)
def meter_ai_audio(call: Call[None, AiAudioIngest]) -> dict[str, Any]:
    """Record one audio call."""
    return record_one(call.world, call.principal, audio_draft(call.body))


@router.post("/ai/images", operation_id="meter_ai_images", body=AiImageIngest, **_OPTIONS)
def meter_ai_images(call: Call[None, AiImageIngest]) -> dict[str, Any]:
    """Record one image call."""
    return record_one(call.world, call.principal, image_draft(call.body))


@router.post("/ai/video", operation_id="meter_ai_video", body=AiVideoIngest, **_OPTIONS)
def meter_ai_video(call: Call[None, AiVideoIngest]) -> dict[str, Any]:
    """Record one video call."""
    return record_one(call.world, call.principal, video_draft(call.body))


handler = gateway_handler(router)
