/** Calls of the public API, typed by its contract. */

import type { paths } from "./schema.d.ts";
import { type Figure, type Figures, parseExactly } from "./figure.ts";
import { session } from "../session.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O
  : never;

/** The paths that have a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: object }> ? P : never;
}[keyof paths];

type Content<R> = R extends { content: { "application/json": infer Body } } ? Body : undefined;
type Good<O> = O extends { responses: infer R }
  ? Figures<Content<R[keyof R & (200 | 201 | 202 | 204)]>>
  : never;
type Body<O> = O extends { requestBody?: { content: { "application/json": infer B } } } ? B
  : undefined;
type Query<O> = O extends { parameters: { query?: infer Q } } ? Q : undefined;
type Places<O> = O extends { parameters: { path: infer P } } ? P : Record<string, string>;

/** What a GET of a path answers. */
export type AnswerOf<P extends PathOf<"get">> = Good<Operation<P, "get">>;

/** What came back: the body, and what the headers say of it. */
export interface Answer<T> {
  data: T;
  headers: Headers;
  /** As it came. */
  text: string;
}

/** What the API refused, in its own words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly faults: string[],
    readonly requestId: string,
  ) {
    super(message);
  }
}

/** The scope that a key lacks for what it was refused. */
export function scopeLacking(error: Error): string | undefined {
  if (!(error instanceof Refused && error.status === 403)) return undefined;
  return /lacks the scope (\w+)/.exec(error.message)?.[1];
}

/** Where the API lies: one step above the page, whatever stage stands before both. */
export const ROOT = new URL("..", location.origin + location.pathname);

/** The whole URL of a call. */
export function addressOf(path: string, query: object = {}, places: object = {}): string {
  const filled = path.replace(
    /\{(\w+)\}/g,
    (_, name) => encodeURIComponent(String((places as Record<string, unknown>)[name])),
  );
  const url = new URL("." + filled, ROOT);
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== "") {
        url.searchParams.append(name, String(each));
      }
    }
  }
  return url.href;
}

/** A call as it stands, for whatever the types cannot say. */
export async function call(
  method: string,
  url: string,
  body?: unknown,
  signal?: AbortSignal,
  more: Record<string, string> = {},
): Promise<Answer<unknown>> {
  const headers: Record<string, string> = { "x-api-key": session.key, ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null,
  };
  const answer = await fetch(url, sent);
  const text = await answer.text();
  const data = text && answer.headers.get("Content-Type")?.includes("json")
    ? parseExactly(text)
    : text || undefined;
  if (!answer.ok) throw refusal(answer, data);
  return { data, headers: answer.headers, text };
}

function refusal(answer: Response, data: unknown): Refused {
  const told = (data ?? {}) as {
    message?: string;
    detail?: string;
    title?: string;
    errors?: { field?: string; message?: string }[];
  };
  const message = told.message ?? told.detail ?? told.title ??
    `the server answered ${answer.status}`;
  // A single fault of no field is the message once more.
  const faults = (told.errors ?? []).map((each) =>
    [each.field, each.message].filter(Boolean).join(": ")
  ).filter((fault) => fault !== message);
  return new Refused(answer.status, message, faults, answer.headers.get("x-request-id") ?? "");
}

/** What else a call needs. */
export interface Options<O> {
  query?: Partial<Query<O>>;
  places?: Places<O> & object;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

type RowOf<T> = T extends (infer Row)[] ? Row
  : T extends { _embedded?: infer Lists }
    ? NonNullable<Lists>[keyof NonNullable<Lists>] extends infer List
      ? NonNullable<List> extends (infer Row)[] ? Row : never
    : never
  : never;

/** The rows of a list, which stand in the one member of `_embedded`. */
export function rowsOf<T>(data: T): RowOf<T>[] {
  if (Array.isArray(data)) return data;
  const lists = (data as { _embedded?: Record<string, RowOf<T>[]> })._embedded ?? {};
  return Object.values(lists)[0] ?? [];
}

/** The page that a list says it is. */
export function pageOf(data: unknown): PageOf | undefined {
  return (data as { page?: PageOf }).page;
}

/** Where a page of a list stands among the others. */
export interface PageOf {
  number?: Figure;
  totalPages?: Figure;
  totalElements?: Figure;
}

/** A GET. The team is the session's, unless the query names one. */
export async function get<P extends PathOf<"get">>(
  path: P,
  options: Options<Operation<P, "get">> = {},
): Promise<Answer<AnswerOf<P>>> {
  const url = addressOf(path, { teamId: session.team, ...options.query }, options.places);
  return await call("GET", url, undefined, options.signal) as Answer<AnswerOf<P>>;
}

/** A call that changes something, or that asks with a body. */
export async function send<M extends Exclude<Method, "get">, P extends PathOf<M>>(
  method: M,
  path: P,
  body: Body<Operation<P, M>>,
  options: Options<Operation<P, M>> = {},
): Promise<Answer<Good<Operation<P, M>>>> {
  const url = addressOf(path, { teamId: session.team, ...options.query }, options.places);
  const { signal, headers } = options;
  return await call(method.toUpperCase(), url, body, signal, headers) as Answer<
    Good<Operation<P, M>>
  >;
}
