/**
 * What is done with a body: `"hold"` it until it is whole, `"stream"` it from its first content on, `"pass"` it on, for nothing in it
 * can be read.
 */
export type Handling = "hold" | "stream" | "pass";

const eventTypes =
  /^(?:text\/event-stream|application\/(?:vnd\.amazon\.eventstream|x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines|stream\+json|x-json-stream))$/;
const jsonTypes = /^(?:application|text)\/(?:[\w.-]+\+)?json$/;

/** What a Content-Type says. */
type Kind = "events" | "json" | "none" | "other";

// A server hardly ever has more than one.
let latest: { readonly contentType: string; readonly kind: Kind } | undefined;

function kindOf(contentType: string): Kind {
  if (latest?.contentType === contentType) return latest.kind;
  const type = contentType.slice(0, 200).split(";", 1)[0]!.trim().toLowerCase();
  const named = eventTypes.test(type) ? "events" : jsonTypes.test(type) ? "json" : "other";
  const kind = type === "" ? "none" : named;
  if (contentType.length <= 200) latest = { contentType, kind };
  return kind;
}

/** What is done with a body of `contentType`. `isStream`: a stream was asked for; `isAnswer`: an answer of a model. */
export function handlingOf(
  contentType: string | null,
  isStream: boolean,
  isAnswer: boolean,
): Handling {
  const kind = kindOf(contentType ?? "");
  if (kind === "events") return "stream";
  if (kind === "other" || (kind === "none" && !isAnswer)) return "pass";
  return isStream ? "stream" : "hold";
}
