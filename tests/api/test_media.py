"""Audio, images and video: quantities, units and money."""

from typing import Any

import pytest

from chalicelib.kit.clock import iso
from tests.conftest import NOON
from tests.support.client import Client
from tests.support.ledger import extras, stored

AUDIO, IMAGES, VIDEO = "/meter/v2/ai/audio", "/meter/v2/ai/images", "/meter/v2/ai/video"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def media(model: str, **members: Any) -> dict[str, Any]:
    times = {
        "requestTime": iso(NOON - 2_000),
        "responseTime": iso(NOON - 1_000),
        "requestDuration": 1_000,
    }
    return {"transactionId": "m-1", "provider": "OPENAI", "model": model, **times, **members}


def row_of(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, body)
    assert answer.status == 201, answer.body
    return stored(client, answer.json["id"])


def test_a_minute_of_whisper_is_six_tenths_of_a_cent(client: Client) -> None:
    row = row_of(
        client, AUDIO, media("whisper-1", durationSeconds=12.5, operationSubtype="transcription")
    )
    assert (row["kind"], row["operation_type"], row["seconds"]) == ("AUDIO", "AUDIO", 12.5)
    assert (row["price_status"], row["cost_nano"]) == ("PRICED", 1_250_000)
    assert row["media_cost_nano"] == row["cost_nano"]


def test_audio_of_unknown_length_is_unpriced_and_not_free(client: Client) -> None:
    row = row_of(
        client, AUDIO, media("whisper-1", durationSeconds=0.0, operationSubtype="transcription")
    )
    assert row["price_status"] == "UNPRICED"
    assert "cost_nano" not in row
    assert "seconds" not in row


def test_spoken_characters_are_rated(client: Client) -> None:
    row = row_of(
        client,
        AUDIO,
        media("tts-1", characterCount=1_000, billingUnit="PER_CHARACTER", voice="alloy"),
    )
    assert (row["characters"], row["cost_nano"]) == (1_000, 15_000_000)
    assert extras(row)["voice"] == "alloy"


def test_images_are_rated_by_resolution_and_quality(client: Client) -> None:
    body = media(
        "dall-e-3", requestedImageCount=3, actualImageCount=2, resolution="1024x1024", quality="hd"
    )
    row = row_of(client, IMAGES, body)
    assert (row["images"], row["cost_nano"]) == (2, 160_000_000)
    assert extras(row)["requestedImageCount"] == 3


@LOCAL
def test_requested_images_count_when_the_client_tells_no_others(client: Client) -> None:
    row = row_of(
        client,
        IMAGES,
        media("dall-e-3", requestedImageCount=3, resolution="1024x1024", quality="standard"),
    )
    assert (row["images"], row["cost_nano"]) == (3, 120_000_000)


def test_a_failed_video_costs_nothing_and_says_so(client: Client) -> None:
    body = media(
        "sora-2",
        durationSeconds=0,
        completionStatus="FAILED",
        billingUnit="PER_SECOND",
        resolution="720p",
    )
    row = row_of(client, VIDEO, body)
    assert (row["price_status"], row["cost_nano"], row["seconds"]) == ("FREE", 0, 0.0)
    assert extras(row)["completionStatus"] == "FAILED"
    row = row_of(client, VIDEO, media("sora-2", completionStatus="FAILED"))
    assert (row["price_status"], row["cost_nano"]) == ("FREE", 0)


@pytest.mark.parametrize("path", [AUDIO, IMAGES, VIDEO])
def test_media_that_nobody_counted_are_unpriced_with_a_reason(client: Client, path: str) -> None:
    model = {AUDIO: "whisper-1", IMAGES: "dall-e-3", VIDEO: "sora-2"}[path]
    row = row_of(client, path, media(model, attributes={"billing_unit": "per_second"}))
    assert (row["price_status"], row["unpriced_reason"]) == ("UNPRICED", "NO_QUANTITY")
    assert "cost_nano" not in row


def test_an_unknown_media_model_is_unpriced_and_never_free(client: Client) -> None:
    row = row_of(
        client,
        VIDEO,
        media("nobody-knows-me", durationSeconds=5, creditsConsumed=25, provider="NOBODY"),
    )
    assert row["price_status"] == "UNPRICED"
    assert "cost_nano" not in row
    assert (row["seconds"], row["credits"]) == (5.0, 25.0)


@LOCAL
def test_the_unit_may_hide_in_the_attributes(client: Client) -> None:
    body = media(
        "tts-1",
        characterCount=10,
        inputTokenCount=None,
        attributes={"billing_unit": "per_character"},
    )
    assert row_of(client, AUDIO, body)["billing_unit"] == "PER_CHARACTER"


@LOCAL
def test_a_stated_cost_is_the_cost(client: Client) -> None:
    row = row_of(client, IMAGES, media("dall-e-3", actualImageCount=1, totalCost=0.123))
    assert (row["price_source"], row["cost_nano"], row["stated_cost_nano"]) == (
        "CLIENT",
        123_000_000,
        123_000_000,
    )


@LOCAL
def test_kinds_have_ids_of_their_own(client: Client) -> None:
    one = client.post(AUDIO, media("whisper-1", durationSeconds=1)).json["id"]
    other = client.post(IMAGES, media("dall-e-3", actualImageCount=1)).json["id"]
    assert one != other


@LOCAL
def test_every_fault_is_told_at_once(client: Client) -> None:
    faulty = media(
        "whisper-1",
        durationSeconds=-1,
        characterCount=1.5,
        billingUnit="PER_MILE",
        sampleRate="16k",
    )
    answer = client.post(AUDIO, {**faulty, "requestTime": "soon"})
    assert answer.status == 400
    assert {fault["field"] for fault in answer.json["errors"]} == {
        *("durationSeconds", "characterCount", "billingUnit", "sampleRate", "requestTime")
    }
