/** The OpenAPI document, as far as the reference reads it. */

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: { type?: string; description?: string; enum?: string[]; default?: unknown };
}

interface Declared {
  summary?: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, { description: string }>;
}

export interface Document {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Declared>>;
}

export interface Entry {
  method: string;
  path: string;
  tag: string;
  summary: string;
  /** What a search looks in. */
  words: string;
  parameters: Parameter[];
  /** An example of the body, as JSON; empty without a body. */
  example: string;
  statuses: [string, string][];
}

/** The operations of a document, in its order. */
export function entriesOf(document: Document): Entry[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, declared]): Entry => {
      const body = declared.requestBody?.content["application/json"];
      const summary = declared.summary ?? "";
      return {
        method: method.toUpperCase(),
        path,
        tag: declared.tags[0] ?? "",
        summary,
        words: `${method} ${path} ${summary}`.toLowerCase(),
        parameters: declared.parameters ?? [],
        example: body ? JSON.stringify(body.example ?? {}, null, 2) : "",
        statuses: Object.entries(declared.responses).map((
          [status, { description }],
        ) => [status, description]),
      };
    })
  );
}
