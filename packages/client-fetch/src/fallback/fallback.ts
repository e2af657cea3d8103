/** What was asked for, as a fallback sees it. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  /** As it was sent; `undefined` where there was none, or it could not be kept. */
  readonly body: string | undefined;
  /** The body, parsed; `undefined` where it is not JSON. */
  readonly json: unknown;
  readonly model: string | undefined;
  readonly isStream: boolean;
  readonly class: string;
}

/** Why the call itself gets no answer. */
export type FallbackReason = "circuit-open" | "budget-spent" | "late" | "shed" | "failed";

/** What is sent in the place of a call. */
export interface FallbackRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** What a fallback is told, and may do. */
export interface FallbackContext {
  readonly asked: Asked;
  readonly reason: FallbackReason;
  /** When an answer is worth nothing any more, in milliseconds since 1970. */
  readonly deadlineAtMs: number;
  readonly signal: AbortSignal | undefined;
  /** Sends under the limits, the breaker and the budget of where it goes; `undefined` where that has no answer either. */
  send(request: FallbackRequest): Promise<Response | undefined>;
}

/** An answer from elsewhere. */
export interface FallbackAnswer {
  readonly response: Response;
  /** The name of what gave it. */
  readonly source: string;
  /** How good it is beside the answer that was asked for, from 0 to 1. */
  readonly confidence: number;
}

/** One place to ask when a call gets no answer. */
export interface Fallback {
  readonly name: string;
  /** `undefined`: the next one is to be asked. */
  answer(context: FallbackContext): Promise<FallbackAnswer | undefined>;
}
