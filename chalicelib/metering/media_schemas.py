"""Wire models of audio, image and video calls."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.metering.schemas import Amount, Count, Flag, IngestAttribution, Small, Whole
from chalicelib.metering.vocabulary import (
    IngestBillingUnit,
    IngestMediaSkipReason,
    IngestStopReason,
    IngestVideoCompletionStatus,
)


class AiMediaIngest(IngestAttribution):
    """What the three media bodies share. Some clients send completion members along: token counts,
    often null."""

    model: str = Field(min_length=1, description="Model id as the vendor reported it.")
    provider: str = Field(min_length=1, description="Vendor label, any case.")
    requestTime: datetime
    responseTime: datetime
    requestDuration: Count = Field(description="Milliseconds.")
    billingUnit: IngestBillingUnit | None = Field(
        None, description="Derived from the quantities when absent."
    )
    skipReason: IngestMediaSkipReason | None = None
    inputTokenCount: Count | None = None
    outputTokenCount: Count | None = None
    totalTokenCount: Count | None = None
    isStreamed: Flag | None = None
    stopReason: IngestStopReason | None = None
    completionStartTime: datetime | None = None


class AiAudioIngest(AiMediaIngest):
    """Transcription, translation, speech or realtime audio."""

    durationSeconds: Amount | None = Field(None, description="Of the audio that was heard.")
    characterCount: Small | None = Field(None, description="Of the text that was spoken.")
    inputAudioTokenCount: Count | None = None
    outputAudioTokenCount: Count | None = None
    language: str | None = None
    voice: str | None = None
    audioFormat: str | None = None
    quality: str | None = None
    speed: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        None, description="Speech rate."
    )
    sampleRate: Whole | None = Field(None, description="Hz.")
    responseFormat: str | None = None
    sourceLanguage: str | None = None
    targetLanguage: str | None = None
    isRealtime: Flag | None = None
    realtime: Flag | None = Field(None, description="Alias of isRealtime.")
    audioJobId: str | None = None


class AiImageIngest(AiMediaIngest):
    """Image generation, edit or variation."""

    requestedImageCount: Small | None = None
    actualImageCount: Small | None = Field(
        None, description="Images billed; the requested ones when absent."
    )
    resolution: str | None = None
    quality: str | None = None
    style: str | None = None
    format: str | None = None
    aspectRatio: str | None = None
    revisedPromptProvided: Flag | None = None
    sourceImageProvided: Flag | None = None
    sourceTransactionId: str | None = Field(
        None, description="Record of the image that this one derives from."
    )
    priorityTier: str | None = None


class AiVideoIngest(AiMediaIngest):
    """Video generation, edit, extension or upscaling."""

    durationSeconds: Amount | None = Field(None, description="Length produced.")
    requestedDurationSeconds: Amount | None = None
    creditsConsumed: Amount | None = None
    creditRate: Amount | None = Field(None, description="Credits a second.")
    fps: Small | None = None
    resolution: str | None = None
    aspectRatio: str | None = None
    videoJobId: str | None = None
    asyncOperation: Flag | None = None
    completionStatus: IngestVideoCompletionStatus | None = None
    sourceTransactionId: str | None = None
    priorityTier: str | None = None
