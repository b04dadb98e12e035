"""OpenAI: the costs of an organization by project and line item, and what it used by model.

Amounts are USD as JSON numbers, at times as text. `input_tokens` of a usage report hold those that
were read from the cache and written to it; here they stand beside one another. A line item is a
model and a kind of tokens with a comma between them, or a name of something else.
https://platform.openai.com/docs/api-reference/usage
"""

from collections.abc import Iterator

from chalicelib.kit.clock import DAY, SECOND, day_of, day_start
from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable
from chalicelib.providers.lines import BilledLine, read_count, read_money, read_text
from chalicelib.providers.paging import rows_of, walk_after, walk_cursor
from chalicelib.providers.readers.reader import Named, Reader, Span, bearer
from chalicelib.providers.upstream import Parameters, Upstream
from chalicelib.providers.vocabulary import BillingProvider, TokenKind, UsageType

_USAGE = {
    "completions": UsageType.COMPLETION,
    "embeddings": UsageType.EMBEDDING,
    "images": UsageType.IMAGE,
    "audio_speeches": UsageType.AUDIO,
    "audio_transcriptions": UsageType.AUDIO,
}
_TYPES = (
    (("embedding",), UsageType.EMBEDDING),
    (("image", "dall-e"), UsageType.IMAGE),
    (("sora", "video"), UsageType.VIDEO),
    (("audio", "whisper", "tts", "transcribe"), UsageType.AUDIO),
)
"""Types of usage by words in the names of models; the first that fits."""
_GROUPS = {
    "completions": ("model", "project_id", "api_key_id", "user_id", "service_tier", "batch"),
}
_OTHER_GROUPS = ("model", "project_id", "api_key_id", "user_id")
_KINDS = (
    ("cached input", TokenKind.CACHE_READ),
    ("cache write", TokenKind.CACHE_CREATION),
    ("input", TokenKind.INPUT),
    ("output", TokenKind.OUTPUT),
)
"""The first of these words that a line item holds behind its comma says what its tokens are."""


def check(upstream: Upstream) -> None:
    """Only an admin key may see the projects. Raises CredentialRefused, ProviderFailed."""
    upstream.get("/v1/organization/projects", [("limit", 1)])


def read(upstream: Upstream, span: Span) -> Iterator[BilledLine]:
    """The costs and the usage of some days. Raises CredentialRefused, ProviderFailed."""
    yield from _read_costs(upstream, span)
    people = {
        read_text(row, "id"): read_text(row, "email")
        for row in walk_after(upstream, "/v1/organization/users", [("limit", 100)], "after")
    }
    for report, usage_type in _USAGE.items():
        groups = _group_by(_GROUPS.get(report, _OTHER_GROUPS))
        asked: Parameters = [*_bounds(span), ("limit", 31), *groups]
        for bucket in walk_cursor(upstream, f"/v1/organization/usage/{report}", asked):
            for row in rows_of(bucket, "results"):
                yield _usage_line(_day(bucket), row, usage_type, people)


def read_workspaces(upstream: Upstream) -> Iterator[Named]:
    """The projects, by id. Raises CredentialRefused, ProviderFailed."""
    asked: Parameters = [("limit", 100), ("include_archived", "true")]
    for row in walk_after(upstream, "/v1/organization/projects", asked, "after"):
        archived = row.get("archived_at") is not None
        yield Named(read_text(row, "id"), read_text(row, "name"), archived)


def split_line_item(text: str) -> tuple[str, TokenKind]:
    """The model of a line item and what kind of tokens it is for. What has no comma is no model."""
    model, comma, rest = text.partition(",")
    if not comma:
        return "", TokenKind.NONE
    for word, kind in _KINDS:
        if word in rest.lower():
            return model.strip(), kind
    return model.strip(), TokenKind.NONE


def _read_costs(upstream: Upstream, span: Span) -> Iterator[BilledLine]:
    groups = _group_by(("project_id", "line_item", "api_key_id"))
    asked: Parameters = [*_bounds(span), ("limit", 31), *groups]
    for bucket in walk_cursor(upstream, "/v1/organization/costs", asked):
        for row in rows_of(bucket, "results"):
            yield _cost_line(_day(bucket), row)


def _cost_line(day: str, row: Json) -> BilledLine:
    amount = row.get("amount")
    if not isinstance(amount, dict):
        raise AnswerUnreadable("the provider's cost has no amount")
    item = read_text(row, "line_item")
    model, kind = split_line_item(item)
    return BilledLine(
        day=day,
        model=model,
        token_kind=kind,
        cost_type="tokens" if kind else item.lower(),
        usage_type=_usage_type(model, kind),
        workspace_id=read_text(row, "project_id"),
        api_key_id=read_text(row, "api_key_id"),
        description=item,
        currency=(read_text(amount, "currency") or "USD").upper(),
        amount_nano=read_money(amount.get("value")),
    )


def _usage_type(model: str, kind: TokenKind) -> str:
    """What a cost is for, by the name of the model: cost reports do not say."""
    for words, usage_type in _TYPES:
        if any(word in model.lower() for word in words):
            return usage_type
    return UsageType.COMPLETION if kind else ""


def _usage_line(day: str, row: Json, usage_type: UsageType, people: dict[str, str]) -> BilledLine:
    read_from_cache = read_count(row, "input_cached_tokens") or 0
    written = read_count(row, "input_cache_write_tokens") or 0
    whole = read_count(row, "input_tokens")
    uncached = read_count(row, "input_uncached_tokens")
    if uncached is None and whole is not None:
        uncached = max(0, whole - read_from_cache - written)
    is_batch = row.get("batch") is True
    return BilledLine(
        day=day,
        model=read_text(row, "model"),
        usage_type=usage_type,
        service_tier="batch" if is_batch else read_text(row, "service_tier"),
        workspace_id=read_text(row, "project_id"),
        api_key_id=read_text(row, "api_key_id"),
        user_email=people.get(read_text(row, "user_id"), "").lower(),
        input_tokens=uncached,
        output_tokens=read_count(row, "output_tokens"),
        cache_read_tokens=read_from_cache,
        cache_creation_tokens=written,
        requests=read_count(row, "num_model_requests"),
    )


def _group_by(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("group_by[]", name) for name in names]


def _bounds(span: Span) -> list[tuple[str, str | int]]:
    end = day_start(span.last) + DAY
    return [
        ("start_time", day_start(span.first) // SECOND),
        ("end_time", end // SECOND),
        ("bucket_width", "1d"),
    ]


def _day(bucket: Json) -> str:
    start = read_count(bucket, "start_time")
    if start is None:
        raise AnswerUnreadable("the provider's row has no day")
    return day_of(start * SECOND)


READER = Reader(
    provider=BillingProvider.OPENAI,
    base_url="https://api.openai.com",
    headers=bearer,
    check=check,
    read=read,
    most_days=31,
    workspaces=read_workspaces,
    source="https://platform.openai.com/docs/api-reference/usage",
)
