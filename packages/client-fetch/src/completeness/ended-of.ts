import type { Format, Reading } from "@sluice/core/llm";

import type { Ended, TruncationReason } from "../outcome.ts";
import type { Handling } from "./handling.ts";
import type { Trust } from "./trust-of.ts";

/**
 * How the bytes of a body ended: `"end"`, as the runtime says; `"broken"`, with an error; `"undecodable"`, with one of the decoder;
 * `"stalled"`; `"left"`, by the caller.
 */
export type BytesEnd = "end" | "broken" | "undecodable" | "stalled" | "left";

/** All that tells how a response ended. */
export interface Evidence {
  readonly reading: Reading;
  readonly bytes: BytesEnd;
  readonly handling: Handling;
  readonly trust: Trust;
  /** An answer of a model was asked for. */
  readonly isAnswer: boolean;
  /** More than white space came. */
  readonly hasBytes: boolean;
  readonly isEncoded: boolean;
  /** What came is still encoded: this runtime does not know how. */
  readonly isOpaque: boolean;
}

/** How a response ended. */
export function endedOf(evidence: Evidence): Ended {
  const { usage, outputTokens, error } = evidence.reading;
  const verdict = verdictOf(evidence);
  const isTruncated = typeof verdict === "object";
  return {
    outcome: isTruncated ? "truncated" : verdict,
    reason: isTruncated ? verdict.reason : undefined,
    usage,
    outputTokens,
    error,
  };
}

function verdictOf(
  evidence: Evidence,
): Exclude<Ended["outcome"], "truncated"> | { readonly reason: TruncationReason } {
  const { reading, bytes, handling, trust } = evidence;
  const { outcome } = reading;
  const isDone = outcome !== "truncated" && outcome !== "unknown";
  if (bytes === "left") return isDone && handling !== "pass" ? outcome : "aborted";
  // What the provider itself reports says more than that its connection broke after it.
  if (outcome === "failed") return outcome;
  if (bytes === "stalled") {
    if (!isDone) return { reason: "stalled" };
    // All was said. Of an encoding whose checksum is wrong, some runtimes never report the end.
    return evidence.isEncoded ? { reason: "encoding-cut" } : outcome;
  }
  if (bytes === "broken") return { reason: "body-cut" };
  if (bytes === "undecodable") return { reason: "encoding-cut" };
  if (evidence.isAnswer && !evidence.hasBytes && handling !== "pass") return { reason: "empty" };
  if (evidence.isOpaque) return "unknown";
  if (outcome === "truncated" && isBelieved(evidence)) {
    return isSaid(evidence) ? reading.finish! : { reason: reading.truncation! };
  }
  if (isDone) return outcome;
  const isProven = handling !== "stream" && (trust === "strong" || trust === "medium");
  return isProven ? "complete" : "unknown";
}

const marked: ReadonlySet<Format | undefined> = new Set(["openai", "azure", "groq"]);

/**
 * Whether all of an answer was said although its end marker is missing. Many who speak OpenAI's chat send no `[DONE]`. Behind the last finish reason
 * only usage can be lost, and where the server itself has ended the stream there was none.
 */
function isSaid({ reading, trust }: Evidence): boolean {
  const isUnmarked = reading.truncation === "end-marker-missing";
  return isUnmarked && trust !== "weak" && marked.has(reading.format);
}

/** Whether what the reader misses is a loss, in the light of what was asked for. */
function isBelieved({ reading, isAnswer }: Evidence): boolean {
  switch (reading.truncation) {
    case "finish-missing":
      // A whole body without a word of output is no answer: embeddings, a response that runs in the background.
      return isAnswer && (reading.framing !== "json" || reading.contentEvents > 0);
    case "empty":
    case "end-marker-missing":
      return isAnswer;
    case "utf8-cut":
    case "event-cut":
    case "json-open":
    case undefined:
      return true;
    default:
      return reading.truncation satisfies never;
  }
}
