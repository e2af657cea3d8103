import type { FetchErrorCode } from "../errors.ts";
import type { FallbackReason } from "../fallback/fallback.ts";
import type { ErrorResponse } from "./error-body.ts";

/** A target that gave no answer that is worth handing out, and why no more is asked of it. */
export interface Failed {
  readonly isAnswer: false;
  readonly code: FetchErrorCode;
  readonly reason: FallbackReason;
  /** One line: "https://api.openai.com gave no answer after 3 attempts: ECONNRESET". */
  readonly message: string;
  /** The last response, where there was one. */
  readonly response: ErrorResponse | undefined;
  /** What the last attempt threw, where it threw. */
  readonly cause: unknown;
  /** What the layer above is to do: `false` where it may well know better, as for a bad request. */
  readonly isFinal: boolean;
  /** Until then nothing is worth asking, in milliseconds since 1970; 0 where nothing is known. */
  readonly untilMs: number;
  readonly retryAfterMs: number | undefined;
}
