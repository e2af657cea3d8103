import type { Address } from "./address.ts";
import { bodyOf, bodyOfRequest, type BodyValue, type RequestBody } from "./body.ts";
import { type HeaderRecord, headerRecord } from "./header-record.ts";
import { modelRequest, type ModelRequest } from "./model-request.ts";

/** What one call may say for itself, beside what `fetch` takes. */
export interface CallOptions {
  /** Its class in the queue. Default: the header `x-sluice-class`, else the first of `queue`. */
  readonly class?: string | undefined;
  /** Until `fetch` settles, in milliseconds. Default: that of the fetch. */
  readonly deadlineMs?: number | undefined;
  /** Makes the body anew for each attempt, where it is a stream. */
  readonly body?: (() => BodyValue) | undefined;
}

/** What `fetch` takes, and what one call may say for itself. */
export type FetchInit = RequestInit & { readonly sluice?: CallOptions | undefined };

/** One request, read once, that can be sent any number of times where its body can. */
export interface RequestSnapshot extends ModelRequest {
  readonly input: string | URL | Request;
  readonly init: FetchInit;
  readonly url: string;
  readonly origin: string;
  /** What fails together, and shares a budget: "origin model". */
  readonly target: string;
  readonly method: string;
  readonly headers: HeaderRecord;
  readonly body: RequestBody;
  readonly makeBody: (() => BodyValue) | undefined;
  readonly class: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** By when the caller wants an answer, in milliseconds from now; `undefined` where it does not say. */
  readonly withinMs: number | undefined;
  /** The values of the headers that say who pays. */
  readonly account: string;
}

const accountHeaders = [
  "authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "openai-organization",
  "openai-project",
];

/** Reads a request. A promise only where a `Request` brings a body, which is used up by it. */
export function snapshot(
  input: string | URL | Request,
  address: Address,
  init: FetchInit | undefined,
): RequestSnapshot | Promise<RequestSnapshot> {
  const request = input instanceof Request ? input : undefined;
  const given = init?.body ?? undefined;
  if (request === undefined || request.body === null || given !== undefined) {
    return read(input, request, address, init ?? none, bodyOf(given));
  }
  return bodyOfRequest(request).then((body) => read(input, request, address, init ?? none, body));
}

function read(
  input: string | URL | Request,
  request: Request | undefined,
  { href, origin, pathname }: Address,
  init: FetchInit,
  body: RequestBody,
): RequestSnapshot {
  const { sluice } = init;
  const headers = headerRecord(init.headers ?? request?.headers);
  const classOfHeader = headers[classHeader];
  if (classOfHeader !== undefined) delete headers[classHeader];
  const method = (init.method ?? request?.method ?? "GET").toUpperCase();
  const asked = modelRequest(pathname, body.text);
  const timeoutS = Number(headers["x-stainless-timeout"]);
  const within = sluice?.deadlineMs ?? (timeoutS > 0 ? timeoutS * 1_000 : undefined);
  let account = "";
  for (const name of accountHeaders) if (name in headers) account += `${headers[name]}\n`;
  return {
    model: asked.model,
    inputTokens: asked.inputTokens,
    outputTokens: asked.outputTokens,
    isStream: asked.isStream || (headers["accept"]?.includes("text/event-stream") ?? false),
    input,
    init,
    url: href,
    origin,
    target: targetOf(origin, asked.model),
    method,
    headers,
    body,
    makeBody: sluice?.body,
    class: sluice?.class ?? classOfHeader,
    signal: init.signal ?? request?.signal ?? undefined,
    withinMs: within,
    account,
  };
}

// One text again and again, which maps need not read again.
let latest:
  | { readonly origin: string; readonly model: string; readonly target: string }
  | undefined;

function targetOf(origin: string, model: string | undefined): string {
  if (model === undefined) return origin;
  if (latest?.origin === origin && latest.model === model) return latest.target;
  latest = { origin, model, target: `${origin} ${model}` };
  return latest.target;
}

const classHeader = "x-sluice-class";
const none: FetchInit = {};
