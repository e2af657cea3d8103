/**
 * What is done with a body: `"hold"` it until it is whole, `"stream"` it from its first content on, `"pass"` it on, for nothing in it
 * can be read.
 */
export type Handling = "hold" | "stream" | "pass";

const eventTypes =
  /^(?:text\/event-stream|application\/(?:vnd\.amazon\.eventstream|x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines|stream\+json|x-json-stream))$/;
const jsonTypes = /^(?:application|text)\/(?:[\w.-]+\+)?json$/;

/** What is done with a body of `contentType`. `isStream`: a stream was asked for; `isAnswer`: an answer of a model. */
export function handlingOf(
  contentType: string | null,
  isStream: boolean,
  isAnswer: boolean,
): Handling {
  const type = (contentType ?? "").slice(0, 200).split(";", 1)[0]!.trim().toLowerCase();
  if (eventTypes.test(type)) return "stream";
  if (jsonTypes.test(type)) return isStream ? "stream" : "hold";
  if (type !== "" || !isAnswer) return "pass";
  return isStream ? "stream" : "hold";
}
