"""What an instrumented application does: an agent's run with a model call and a tool in it, a
failed call, and the log events of a coding assistant, through the unchanged exporters of
opentelemetry-sdk. They are configured by environment variables alone."""

import time

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

APP = Resource.create({"service.name": "app", "deployment.environment.name": "prod"})
CLAUDE = Resource.create({"service.name": "claude-code", "organization.name": "AcmeCorp"})


def main() -> None:
    """Trace, log, measure; shutting down flushes. An export that fails raises, because the
    exporters only log it."""
    spans = TracerProvider(resource=APP)
    spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = spans.get_tracer("test")
    agent = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "openai",
        "gen_ai.agent.name": "planner",
    }
    call = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
    }
    with tracer.start_as_current_span("invoke_agent planner", attributes=agent):
        for number in range(6):
            with tracer.start_as_current_span("chat gpt-4o-mini", attributes=call) as span:
                span.set_attribute("gen_ai.response.id", f"chatcmpl-otel-{number}")
                span.set_attribute("gen_ai.usage.input_tokens", 1000)
                span.set_attribute("gen_ai.usage.output_tokens", 100)
                span.set_attribute("gen_ai.usage.cache_read.input_tokens", 400)
                span.set_attribute("gen_ai.response.finish_reasons", ["stop"])
        with tracer.start_as_current_span(
            "execute_tool x", attributes={"gen_ai.operation.name": "execute_tool"}
        ):
            pass
        with tracer.start_as_current_span("chat gpt-4o-mini", attributes=call) as span:
            span.set_status(Status(StatusCode.ERROR, "overloaded"))
    spans.shutdown()
    logs = LoggerProvider(resource=CLAUDE)
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    told = {
        "model": "claude-sonnet-4-5",
        "input_tokens": "500",
        "output_tokens": "50",
        "cost_usd": "9.99",
    }
    told |= {
        "revenium.model.host": "bedrock"
    }  # which bills each call: under a flat plan they would cost nothing
    logger = logs.get_logger("com.anthropic.claude_code.events")
    for number in range(4):
        logger.emit(
            LogRecord(
                timestamp=time.time_ns(),
                severity_number=SeverityNumber.INFO,
                body="claude_code.api_request",
                attributes=told | {"request_id": f"req_{number}"},
            )
        )
    logs.shutdown()
    meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource=CLAUDE)
    meters.get_meter("test").create_counter("claude_code.token.usage").add(5)
    meters.shutdown()


main()
