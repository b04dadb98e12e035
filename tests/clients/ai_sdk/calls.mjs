import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { embed, generateText, streamText } from "ai";

const exporter = new OTLPTraceExporter({
  url: process.env.OTLP_URL,
  headers: { "x-api-key": process.env.OTLP_KEY ?? "" },
});
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const openai = createOpenAI({ apiKey: "k", baseURL: process.env.OPENAI_BASE_URL });
const telemetry = { isEnabled: true, tracer: provider.getTracer("ai") };

await generateText({
  model: openai.chat("gpt-4o-mini"),
  prompt: "hi",
  experimental_telemetry: telemetry,
});
const stream = streamText({
  model: openai.chat("gpt-4o-mini"),
  prompt: "hi",
  experimental_telemetry: telemetry,
});
for await (const text of stream.textStream) void text;
await embed({
  model: openai.embedding("text-embedding-3-small"),
  value: "hi",
  experimental_telemetry: telemetry,
});
await provider.forceFlush();
await provider.shutdown();
