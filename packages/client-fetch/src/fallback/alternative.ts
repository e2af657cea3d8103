import { checkOptions, failOption } from "@sluice/core";

import { checkedConfidence } from "./confidence.ts";
import type { Asked, Fallback, FallbackContext, FallbackRequest } from "./fallback.ts";

/** Options of `alternative()`. */
export interface AlternativeOptions {
  /** Default: `"alternative"`. */
  readonly name?: string;
  /** Where to send it. Default: where it was to go. */
  readonly url?: string | URL | ((asked: Asked) => string | URL);
  /** Put in the place of the body's `model`. Default: as asked. */
  readonly model?: string;
  /** Put over what was sent; what says who pays is never sent to another origin. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the JSON body of what was asked, `model` in place: for an API of another form. */
  readonly body?: (json: unknown, asked: Asked) => unknown;
  /** How good its answers are beside those asked for, from 0 to 1. Default: 0.8. */
  readonly confidence?: number;
  /** Whether to ask it. Default: whenever its turn comes. */
  readonly when?: (context: FallbackContext) => boolean;
}

const credentials = [
  "authorization",
  "api-key",
  "x-api-key",
  "x-goog-api-key",
  "cookie",
  "openai-organization",
  "openai-project",
  "proxy-authorization",
];
// Of the body that was to be sent.
const ofBody = ["content-length", "content-encoding", "content-md5", "content-digest", "digest"];

/**
 * Another provider or model. It is asked under its own limits, breaker and budget, so that a storm does not move on to it; what they refuse, and what it
 * refuses, goes to the next fallback. Throws `invalid-option`.
 */
export function alternative(options: AlternativeOptions): Fallback {
  checkOptions("alternative", options, [
    "name",
    "url",
    "model",
    "headers",
    "body",
    "confidence",
    "when",
  ]);
  const { name = "alternative", url, model, headers = {}, body, when } = options;
  if (url === undefined && model === undefined) {
    failOption("alternative: url or model", "given: it would be the same again", undefined);
  }
  if (typeof url === "string" && !URL.canParse(url)) failOption("alternative: url", "a URL", url);
  const confidence = checkedConfidence("alternative", options.confidence ?? 0.8);
  return {
    name,
    async answer(context) {
      if (when !== undefined && !when(context)) return undefined;
      const { asked } = context;
      const target = new URL(typeof url === "function" ? url(asked) : (url ?? asked.url));
      const request = requestOf(asked, target, headers, model, body);
      if (request === undefined) return undefined;
      const response = await context.send(request);
      if (response === undefined) return undefined;
      if (response.ok) return { response, source: name, confidence };
      await response.body?.cancel();
      return undefined;
    },
  };
}

function requestOf(
  asked: Asked,
  url: URL,
  given: Readonly<Record<string, string>>,
  model: string | undefined,
  make: AlternativeOptions["body"],
): FallbackRequest | undefined {
  const headers = new Headers(asked.headers);
  for (const name of ofBody) headers.delete(name);
  if (url.origin !== new URL(asked.url).origin) {
    for (const name of credentials) headers.delete(name);
  }
  for (const [name, value] of Object.entries(given)) headers.set(name, value);
  const isChanged = model !== undefined || make !== undefined;
  if (!isChanged) return { url: url.href, method: asked.method, headers, body: asked.body };
  // A body that cannot be read cannot be changed.
  if (typeof asked.json !== "object" || asked.json === null) return undefined;
  const json = model === undefined ? asked.json : { ...asked.json, model };
  const body = JSON.stringify(make === undefined ? json : make(json, asked));
  return { url: url.href, method: asked.method, headers, body };
}
