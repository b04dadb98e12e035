"""/profitstream/v2/api/sources/metrics/ai/audio, …/images and …/video"""

from chalicelib.events.listings import AUDIO, IMAGES, VIDEO
from chalicelib.events.metric_queries import AudioQuery, EventQuery, ImageQuery, VideoQuery
from chalicelib.events.metric_schemas import (
    AiAudioMetric,
    AiAudioMetricPage,
    AiImageMetric,
    AiImageMetricPage,
    AiVideoMetric,
    AiVideoMetricPage,
)
from chalicelib.events.presenting import Json
from chalicelib.events.service import read_event
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, answer_list
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics", query=TeamQuery)
_AI = "/sources/metrics/ai"
_READ = (404, *ERRORS)


@router.get(f"{_AI}/audio", query=AudioQuery, answer=AiAudioMetricPage, also=(CSV,), errors=ERRORS)
def list_ai_audio_metrics(call: Call[EventQuery, None]) -> Response:
    """Page through calls that heard or made audio."""
    return answer_list(call, AUDIO)


@router.get(_AI + "/audio/{id}", answer=AiAudioMetric, errors=_READ)
def get_ai_audio_metric(call: Call[TeamQuery, None]) -> Json:
    """Read one audio call."""
    return read_event(call.world, call.principal, AUDIO, call.path["id"])


@router.get(f"{_AI}/images", query=ImageQuery, answer=AiImageMetricPage, also=(CSV,), errors=ERRORS)
def list_ai_image_metrics(call: Call[EventQuery, None]) -> Response:
    """Page through calls that made images."""
    return answer_list(call, IMAGES)


@router.get(_AI + "/images/{id}", answer=AiImageMetric, errors=_READ)
def get_ai_image_metric(call: Call[TeamQuery, None]) -> Json:
    """Read one image call."""
    return read_event(call.world, call.principal, IMAGES, call.path["id"])


@router.get(f"{_AI}/video", query=VideoQuery, answer=AiVideoMetricPage, also=(CSV,), errors=ERRORS)
def list_ai_video_metrics(call: Call[EventQuery, None]) -> Response:
    """Page through calls that made video."""
    return answer_list(call, VIDEO)


@router.get(_AI + "/video/{id}", answer=AiVideoMetric, errors=_READ)
def get_ai_video_metric(call: Call[TeamQuery, None]) -> Json:
    """Read one video call."""
    return read_event(call.world, call.principal, VIDEO, call.path["id"])


handler = gateway_handler(router)
