"""Examples of bodies, by the name of their model: what the contract shows, and a test reads."""

from collections.abc import Mapping
from typing import Any

_PLAN = {
    "type": "SUBSCRIPTION",
    "name": "Pro",
    "currency": "USD",
    "period": "MONTH",
    "charge": 49,
    "ratingAggregations": [
        {
            "name": "Calls",
            "elementDefinitionId": "F170eN2",
            "aggregationType": "COUNT",
            "description": "Calls of any model",
            "graduated": True,
            "tiers": [
                {"name": "included", "upTo": 1000, "unitAmount": 0},
                {"name": "more", "unitAmount": 0.002},
            ],
        }
    ],
}
_CALL = {
    "model": "gpt-4o-2024-08-06",
    "provider": "OPENAI",
    "transactionId": "chatcmpl-AbC123",
    "requestTime": "2026-11-24T12:00:00.000Z",
    "responseTime": "2026-11-24T12:00:01.200Z",
    "requestDuration": 1200,
    "costType": "AI",
    "organizationName": "Halden Logistics",
    "productName": "Helpdesk",
    "agent": "support-copilot",
    "subscriber": {"id": "ida", "email": "ida@halden.example"},
}
_DIMENSION = {
    "billingUnit": "PER_TOKEN",
    "modality": "TEXT",
    "costType": "TEXT_TOKEN_INPUT",
    "unitPrice": 0.0000025,
}
_TOKENS = {"inputCostPerToken": 0.0000025, "outputCostPerToken": 0.00001}

EXAMPLES: Mapping[str, Any] = {
    "AiCompletionIngest": {
        **_CALL,
        "inputTokenCount": 1834,
        "outputTokenCount": 271,
        "totalTokenCount": 2105,
        "cacheReadTokenCount": 1024,
        "isStreamed": True,
        "stopReason": "END",
        "operationType": "CHAT",
    },
    "AiAudioIngest": {**_CALL, "model": "whisper-1", "durationSeconds": 63.5},
    "AiImageIngest": {**_CALL, "model": "gpt-image-1", "actualImageCount": 2},
    "AiVideoIngest": {**_CALL, "model": "sora-2", "durationSeconds": 8},
    "ToolEventIngest": {
        "transactionId": "tool-7f3a",
        "toolId": "web-search",
        "operation": "execute",
        "durationMs": 320,
        "success": True,
        "timestamp": "2026-11-24T12:00:01.500Z",
        "agent": "support-copilot",
    },
    "EventIds": ["0b5f6c1de3a94c27b1d2f0a9c8e7d6b5"],
    "GenericEventIngest": {
        "transactionId": "page-991",
        "payload": {"pages": 12},
        "sourceId": "scanner",
        "subscriberCredential": "checkout service",
    },
    "ApiRequestIngest": {
        "transactionId": "req-5512",
        "method": "GET",
        "resource": "/v1/orders",
        "sourceType": "SDK_PYTHON",
    },
    "ApiResponseIngest": {"transactionId": "req-5512", "responseCode": 200},
    "AiModelResource": {"name": "house-llm-7b", "provider": "HOUSE", "mode": "chat", **_TOKENS},
    "AiModelPricePatch": _TOKENS,
    "PricingDimensionResource": _DIMENSION,
    "PricingDimensions": [_DIMENSION],
    "CostControlResource": {
        "name": "gpt-4o, a month",
        "metricType": "TOTAL_COST",
        "windowType": "MONTHLY",
        "action": "BLOCK",
        "warnThreshold": 80,
        "hardLimit": 100,
        "filters": [{"dimension": "MODEL", "operator": "IS", "value": "gpt-4o"}],
    },
    "CostControlPatch": {"hardLimit": 120},
    "CredentialResource": {
        "label": "checkout service",
        "name": "checkout",
        "externalId": "checkout",
        "externalSecret": "s3cret",
        "subscriberId": "w8TzR4c",
        "organizationId": "U2q5be",
    },
    "JobCreateRequest": {
        "agenticJobId": "invoice-run-7",
        "name": "Invoice run",
        "type": "back-office",
        "environment": "production",
    },
    "JobBulkDeleteRequest": {"ids": ["invoice-run-7"]},
    "JobTypeEconomicsRequest": {
        "unitMetricKey": "invoices",
        "unitLabel": "invoice",
        "metrics": [{"key": "invoices", "type": "COUNT"}],
        "monetization": {"metricKey": "invoices", "valuePerUnit": 4.5, "category": "TIME_SAVED"},
    },
    "JobUpdateRequest": {"name": "Invoice run of November"},
    "JobOutcomeReportRequest": {
        "executionStatus": "SUCCESS",
        "outcomeType": "CONVERTED",
        "outcomeValue": 120,
    },
    "JobOutcomeAmendRequest": {"outcomeValue": 140, "reason": "a late order"},
    "Facts": [{"key": "invoices", "value": 31}],
    "MeteringElementDefinition": {"name": "pages", "description": "Pages read", "type": "NUMBER"},
    "OrganizationResource": {"name": "Halden Logistics", "externalId": "halden"},
    "ProductResource": {"name": "Helpdesk", "version": "1.0.0", "plan": _PLAN},
    "SourceResource": {"name": "Orders API", "type": "API", "version": "1"},
    "SubscriberResource": {
        "email": "ida@halden.example",
        "firstName": "Ida",
        "lastName": "Holm",
        "subscriberId": "ida",
    },
    "SubscriptionResource": {
        "name": "Halden's Helpdesk",
        "productId": "B3fV9Lm",
        "clientEmailAddress": "ida@halden.example",
        "organizationId": "U2q5be",
    },
    "SubscriptionPatchResource": {"productId": "B3fV9Lm"},
    "TeamResource": {"name": "Platform"},
    "CodingAssistantModes": {"apiRateProviders": ["ClaudeCode", "GithubCopilot"]},
    "TeamPromptSettings": {"promptCaptureEnabled": True, "maxPromptLength": 20_000},
    "ToolResource": {"toolId": "web-search", "name": "Web search", "toolType": "MCP_SERVER"},
    "UserResource": {
        "email": "per@example.com",
        "firstName": "Per",
        "lastName": "Lund",
        "roles": ["ROLE_TENANT_ADMIN"],
    },
}
