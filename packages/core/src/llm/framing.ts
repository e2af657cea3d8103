/**
 * How a response is put into bytes: `"sse"`, server-sent events; `"json"`, one body, or a list of events; `"lines"`, one JSON value after
 * another; `"frames"`, messages of an AWS event stream.
 */
export type Framing = "sse" | "json" | "lines" | "frames";

const framings: readonly (readonly [RegExp, Framing])[] = [
  [/^text\/event-stream$/, "sse"],
  [/^application\/vnd\.amazon\.eventstream$/, "frames"],
  [
    /^application\/(x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines|stream\+json|x-json-stream)$/,
    "lines",
  ],
  [/^(application|text)\/([\w.-]+\+)?json$/, "json"],
];

// A server hardly ever has more than one.
let latest: { readonly contentType: string; readonly framing: Framing | "unread" } | undefined;

/** The framing that a Content-Type header says, or `"unread"` where it says one that is not read. */
export function framingOfType(contentType: string): Framing | "unread" {
  if (latest?.contentType === contentType) return latest.framing;
  const type = contentType.slice(0, 200).split(";", 1)[0]!.trim().toLowerCase();
  const framing = framings.find(([form]) => form.test(type))?.[1] ?? "unread";
  if (contentType.length <= 200) latest = { contentType, framing };
  return framing;
}

/**
 * The framing of a body without a Content-Type, by its first byte that is not white space; `undefined` before that. `isFirst` says whether
 * nothing has come before `bytes`.
 */
export function framingOfBytes(
  bytes: Uint8Array,
  isFirst: boolean,
): Framing | "unread" | undefined {
  const at = bytes.findIndex((byte) => byte !== 32 && (byte < 9 || byte > 13));
  if (at === -1) return undefined;
  // The first byte of the length of a message of less than 16 MiB.
  if (isFirst && at === 0 && bytes[at] === 0) return "frames";
  const letter = String.fromCharCode(bytes[at]!);
  if (letter === "{" || letter === "[") return "json";
  // A field's name, a comment, or a byte order mark.
  return "deir:\u00ef".includes(letter) ? "sse" : "unread";
}
