"""Presenters: how the events of each list are shown."""

from collections.abc import Mapping

from chalicelib.events.listings import (
    ALL_CALLS,
    APIS,
    AUDIO,
    COMPLETIONS,
    IMAGES,
    TOOL_EVENTS,
    VIDEO,
)
from chalicelib.events.presenting import Presenter
from chalicelib.events.presenting_apis import show_api_call
from chalicelib.events.presenting_calls import media_presenter, show_call, show_completion
from chalicelib.events.presenting_tools import show_tool_event

_AUDIO_COLUMNS = {
    "durationSeconds": "seconds",
    "totalDuration": "seconds",
    "characterCount": "characters",
    "inputAudioTokenCount": "audio_input_tokens",
    "outputAudioTokenCount": "audio_output_tokens",
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "billingUnit": "billing_unit",
    "quality": "quality",
}


_AUDIO_EXTRAS = (
    "language voice audioFormat speed sampleRate responseFormat sourceLanguage targetLanguage "
    "isRealtime"
).split()


_IMAGE_COLUMNS = {
    "actualImageCount": "images",
    "totalCount": "images",
    "resolution": "resolution",
    "quality": "quality",
}


_IMAGE_EXTRAS = ("requestedImageCount", "style", "format", "revisedPromptProvided")


_VIDEO_COLUMNS = {
    "durationSeconds": "seconds",
    "totalDuration": "seconds",
    "creditsConsumed": "credits",
    "resolution": "resolution",
}


_VIDEO_EXTRAS = ("requestedDurationSeconds", "creditRate", "fps", "videoJobId", "asyncOperation")


PRESENTERS: Mapping[str, Presenter] = {
    COMPLETIONS.resource_type: show_completion,
    ALL_CALLS.resource_type: show_call,
    AUDIO.resource_type: media_presenter(AUDIO, "ai/audio", _AUDIO_COLUMNS, _AUDIO_EXTRAS),
    IMAGES.resource_type: media_presenter(IMAGES, "ai/images", _IMAGE_COLUMNS, _IMAGE_EXTRAS),
    VIDEO.resource_type: media_presenter(VIDEO, "ai/video", _VIDEO_COLUMNS, _VIDEO_EXTRAS),
    APIS.resource_type: show_api_call,
    TOOL_EVENTS.resource_type: show_tool_event,
}
"""By the resource type of a listing."""
