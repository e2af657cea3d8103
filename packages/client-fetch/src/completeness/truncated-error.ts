import type { Attempt } from "../attempt.ts";
import { TruncatedResponseError } from "../errors.ts";
import type { Ended } from "../outcome.ts";

/** The error that an answer from `url` ends with that is not whole. `partial` is what was held back of it. */
export function truncatedError(
  { reason = "body-cut", usage }: Ended,
  url: string,
  attempts: readonly Attempt[] | undefined,
  partial: Uint8Array | undefined,
  cause?: unknown,
): TruncatedResponseError {
  // Without what it asks: there may be a key in it.
  const place = url.slice(0, 200).split(/[?#]/, 1)[0]!;
  return new TruncatedResponseError(`the answer of ${place} is not whole: ${reason}`, {
    reason,
    partial: partial === undefined ? undefined : new TextDecoder().decode(partial),
    usage,
    attempts,
    cause,
  });
}
