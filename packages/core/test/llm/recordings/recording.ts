import type { Format, Reading } from "@sluice/core/llm";

/** A response as a provider documents it, and what must be read from it. */
export interface Recording {
  readonly title: string;
  /** What `"auto"` must take it for. */
  readonly format: Format | undefined;
  /** What it is read as, where it cannot be recognised. Default: `"auto"`. */
  readonly readAs?: Format;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** The least that must hold; nothing else is looked at but that output is right or marked. */
  readonly expected: Partial<Reading>;
  /** Tokens of output that were really used: what is not these must be marked estimated. */
  readonly output: number;
}

// Globals of every runtime.
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label?: string, options?: { readonly ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of UTF-8. */
export function decoded(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Bytes of UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** An event stream of unnamed events; strings are data as they are. */
export function stream(...events: readonly unknown[]): Uint8Array {
  return utf8(events.map((event) => `data: ${textOf(event)}\n\n`).join(""));
}

/** An event that names its type. */
export interface ProviderEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** An event stream whose events are named by their `type`. */
export function named(...events: readonly ProviderEvent[]): Uint8Array {
  return utf8(
    events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
  );
}

/** A JSON body. */
export function json(body: unknown): Uint8Array {
  return utf8(JSON.stringify(body));
}

function textOf(event: unknown): string {
  return typeof event === "string" ? event : JSON.stringify(event);
}

export const sse = "text/event-stream; charset=utf-8";
export const jsonType = "application/json";
