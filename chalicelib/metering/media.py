"""Media: the drafts of audio, image and video calls."""

from decimal import Decimal
from typing import Any

from chalicelib.metering.bodies import BodyKind, Texts, Values, draft_of
from chalicelib.metering.drafts import Draft
from chalicelib.metering.media_schemas import (
    AiAudioIngest,
    AiImageIngest,
    AiMediaIngest,
    AiVideoIngest,
)
from chalicelib.metering.vocabulary import IngestBillingUnit

_UNIT: Values = {"billing_unit": "billingUnit"}
_QUALITY: Texts = {"quality": ("quality", 64)}
_RESOLUTION: Texts = {"resolution": ("resolution", 64)}
_AUDIO = BodyKind(
    kind="AUDIO",
    operation="AUDIO",
    texts=_QUALITY,
    values=_UNIT
    | {
        "characters": "characterCount",
        "audio_input_tokens": "inputAudioTokenCount",
        "audio_output_tokens": "outputAudioTokenCount",
    },
    extras="""
        skipReason language voice audioFormat speed sampleRate responseFormat sourceLanguage
        targetLanguage audioJobId
    """.split(),
)
_IMAGE = BodyKind(
    kind="IMAGE",
    operation="IMAGE",
    texts=_QUALITY | _RESOLUTION,
    values=_UNIT,
    extras="""
        skipReason requestedImageCount style format aspectRatio revisedPromptProvided
        sourceImageProvided sourceTransactionId priorityTier
    """.split(),
)
_VIDEO = BodyKind(
    kind="VIDEO",
    operation="VIDEO",
    texts=_RESOLUTION,
    values=_UNIT,
    extras="""
        skipReason requestedDurationSeconds creditRate fps aspectRatio videoJobId asyncOperation
        completionStatus sourceTransactionId priorityTier
    """.split(),
)
_UNITS = frozenset(IngestBillingUnit)


def audio_draft(body: AiAudioIngest) -> Draft:
    """The draft of an audio call. Clients write 0 seconds where the vendor told no length: that is
    no quantity, and must not make the call a free one."""
    draft = draft_of(_AUDIO, body)
    _put_quantity(draft, "seconds", body.durationSeconds or None)
    realtime = body.realtime if body.isRealtime is None else body.isRealtime
    if realtime is not None:
        draft.extras["isRealtime"] = realtime
    return _with_unit(draft, body)


def image_draft(body: AiImageIngest) -> Draft:
    """The draft of an image call. What is billed are the images that were made; the requested ones
    where the client does not tell."""
    draft = draft_of(_IMAGE, body)
    images = body.requestedImageCount if body.actualImageCount is None else body.actualImageCount
    if images is not None:
        draft.row["images"] = images
    return _with_unit(draft, body)


def video_draft(body: AiVideoIngest) -> Draft:
    """The draft of a video call; its length is null where the client does not tell it."""
    draft = draft_of(_VIDEO, body)
    _put_quantity(draft, "seconds", body.durationSeconds)
    _put_quantity(draft, "credits", body.creditsConsumed)
    return _with_unit(draft, body)


def _put_quantity(draft: Draft, column: str, value: Decimal | None) -> None:
    """Fill a column of the row, unless the client tells nothing."""
    if value is not None:
        draft.row[column] = float(value)


def _with_unit(draft: Draft, body: AiMediaIngest) -> Draft:
    """Take the unit and quality that one client hides in its attributes. Without any unit, rating
    derives it."""
    hidden: dict[str, Any] = body.attributes or {}
    row = draft.row
    unit = str(hidden.get("billing_unit", "")).upper()
    if "billing_unit" not in row and unit in _UNITS:
        row["billing_unit"] = unit
    for column in ("resolution", "quality"):
        if column not in row and isinstance(hidden.get(column), str):
            row[column] = hidden[column][:64]
    return draft
