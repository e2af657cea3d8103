import type { Asked, FallbackContext, FallbackRequest } from "../../src/fallback/fallback.ts";

/** A request to a model of chat completions, with `over` in place of its parts. */
export function asking(over: Partial<Asked> = {}): Asked {
  const json = over.json ?? {
    model: "large",
    messages: [{ role: "user", content: "how late is it?" }],
  };
  return {
    method: "POST",
    url: "https://api.openai.com/v1/chat/completions",
    headers: new Headers({
      "content-type": "application/json",
      authorization: "Bearer mine",
      "content-length": "70",
    }),
    body: JSON.stringify(json),
    json,
    model: "large",
    isStream: false,
    class: "interactive",
    ...over,
  };
}

/** A context whose `send` notes what is sent and answers `response`. */
export function contextOf(
  asked: Asked,
  response?: Response,
): FallbackContext & { readonly sent: FallbackRequest[] } {
  const sent: FallbackRequest[] = [];
  return {
    asked,
    reason: "failed",
    deadlineAtMs: Infinity,
    signal: undefined,
    sent,
    async send(request) {
      sent.push(request);
      return response;
    },
  };
}
