"""Packing: event bodies compressed against a fixed dictionary, because DynamoDB bills writes by the
KiB.

A body of 1.3 KiB becomes 0.4 KiB: one write unit instead of two. Plain zlib without a dictionary
gains nothing on texts this short, since their repetitions (the names of the columns) stand in no
single one of them twice.
"""

import zlib

_FIRST = b"\x01"
"""Which dictionary: a first byte that no zlib stream begins with."""
# The texts at the end are the cheapest to refer to. What has been written with it can only be read
# with it: never change this dictionary, add another one under another first byte.
_DICTIONARY = (
    b'"responseId":"skillName":"subscriptionTier":"max_5x","clientSurface":"claude-code",'
    b'"querySource":"effort":"speed"'
    b'"promptId":"totalCost":"usageMetadata":{"attributes":{"costMultiplier":'
    b'"temperature":"extras":"{\\"'
    b'"has_request":true,"has_response":true,"response_code":200,"resource":"method":'
    b'"GET","POST","source_type":'
    b'"payload":"is_billable":true,"tool_id":"tool_type":"tool_provider":"operation":'
    b'"execute","is_success":true,'
    b'"workflow_id":"billing_unit":"PER_MINUTE","PER_CHARACTER","PER_IMAGE","resolution":'
    b'"1024x1024","quality":'
    b'"seconds":"characters":"images":1,"credits":"audio_input_tokens":'
    b'"audio_output_tokens":"media_cost_nano":'
    b'"stated_cost_nano":"ticket_id":"squad_id":"squad_name":"squad_role":"service_tier":'
    b'"model_host":"subscription":'
    b'"agent_version":"trace_type":"trace_name":"transaction_name":"operation_subtype":'
    b'"error_reason":"error_code":'
    b'"cache_creation_5m_tokens":0,"cache_creation_1h_tokens":0,"reasoning_tokens":0,'
    b'"retry_number":0,'
    b'"assistant":"CLAUDE_CODE","cost_source":"coding_assistant","price_status":'
    b'"UNPRICED","price_source":"NONE",'
    b'"provider":"GOOGLE","model":"gemini-2.5-pro","provider":"ANTHROPIC","model":'
    b'"claude-sonnet-4-5-20250929",'
    b'"provider":"openai","model":"gpt-4o-mini","model_source":"OPENAI",'
    b'"middleware_source":"PYTHON",'
    b'"parent_transaction_id":"job_id":"environment":"production","region":"us-east-1","task_type":'
    b'"organization":"organization_id":"product":"product_id":"subscriber_id":'
    b'"subscriber":"subscriber_email":'
    b'"@example.com","credential_id":"credential":"agent":"trace_id":"'
    b'"price_status":"PRICED","price_source":"BOOK","price_version":"genai-prices-0.2.3",'
    b'"cost_nano":'
    b'"input_cost_nano":"output_cost_nano":"cache_read_cost_nano":0,"cache_creation_cost_nano":0,'
    b'"pricing_tier":"STANDARD","cost_type":"AI","stop_reason":"END","is_streamed":false,'
    b'"is_streamed":true,'
    b'"input_tokens":"output_tokens":"total_tokens":"cache_read_tokens":0,'
    b'"cache_creation_tokens":0,'
    b'"duration_ms":"time_to_first_token_ms":"requested_at":17,"responded_at":17,'
    b'"first_token_at":17,'
    b'"operation_type":"CHAT","api_key_id":"cost_source":"revenium_metered","kind":'
    b'"COMPLETION","channel":"OTLP",'
    b'{"event_id":"","version":1,"deleted":false,"received_at":17,"transaction_id":'
    b'"chatcmpl-","channel":"REST",'
)


def pack(body: str) -> bytes:
    """The body as bytes that `unpack` reads."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARY)
    return _FIRST + packer.compress(body.encode()) + packer.flush()


def unpack(data: bytes) -> str:
    """The body of packed bytes; those without our first byte are plain zlib, as the first releases
    wrote them."""
    if not data.startswith(_FIRST):
        return zlib.decompress(data).decode()
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_DICTIONARY)
    return (unpacker.decompress(data[1:]) + unpacker.flush()).decode()
