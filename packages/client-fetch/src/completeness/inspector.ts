import { createResponseReader, type Format, type Progress, type Reading } from "@sluice/core/llm";

import type { Handling } from "./handling.ts";

const space = 32;
const colon = 58;
const brace = 123;
// How gzip and Zstandard begin.
const magics = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/** Looks at the bytes of one response as they pass. */
export interface Inspector {
  /** Whether `bytes` bring content: not only white space, comments and pings. */
  see(bytes: Uint8Array): boolean;
  /** Whether something has come that may be handed out: content, or what is in no known form. */
  hasContent(): boolean;
  /** Whether the answer has said that it ends. */
  hasEnded(): boolean;
  readonly progress: Progress;
  /** Whether more than white space has come. */
  hasBytes(): boolean;
  /** Whether what comes is still encoded, in a way that this runtime does not know. */
  isOpaque(): boolean;
  /** Once, at the end. */
  end(): Reading;
}

/** An inspector of a body of `contentType`; it keeps at most `maxBodyBytes` of one that is held. */
export function createInspector(
  handling: Handling,
  contentType: string | null,
  format: Format | "auto",
  maxBodyBytes: number,
): Inspector {
  const most = Math.min(Math.max(maxBodyBytes, 1), 2 ** 30);
  const reader = createResponseReader({ format, contentType, maxBodyBytes: most });
  let seen = 0;
  let total = 0;
  // The first that is not white space.
  let first: number | undefined;
  let isOpaque = false;
  let isWhole = false;
  let hasContent = handling === "pass";

  function seeBody(bytes: Uint8Array, hasText: boolean): boolean {
    total += bytes.length;
    const { boundary } = reader.push(bytes);
    // Of a list, or what is longer than is kept, the reader does not know before its end.
    isWhole = first === brace && total <= maxBodyBytes && boundary === bytes.length;
    return hasText;
  }

  function seeEvents(bytes: Uint8Array, hasText: boolean): boolean {
    const { contentEvents, boundary, format: known, error } = reader.push(bytes);
    // Of a form that is not known, every event is content, but a comment is none.
    const isUnknown = known === undefined && error === undefined && hasText && boundary > 0;
    const isContent = (isUnknown && bytes[0] !== colon) || contentEvents > seen;
    seen = contentEvents;
    hasContent ||= isContent;
    return isContent;
  }

  return {
    progress: reader.progress,
    see(bytes) {
      let at = 0;
      while (at < bytes.length && bytes[at]! <= space) at++;
      const hasText = at < bytes.length;
      if (first === undefined && hasText) {
        first = bytes[at];
        isOpaque =
          first !== brace &&
          magics.some((magic) => magic.every((byte, index) => bytes[index] === byte));
      }
      if (handling === "pass") return hasText;
      return handling === "hold" ? seeBody(bytes, hasText) : seeEvents(bytes, hasText);
    },
    hasContent: () => hasContent,
    hasEnded: () => (handling === "hold" ? isWhole : reader.progress.ended),
    hasBytes: () => first !== undefined,
    isOpaque: () => isOpaque,
    end: () => reader.end(),
  };
}
