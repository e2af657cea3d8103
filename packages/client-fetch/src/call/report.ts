import type { Attempt } from "../attempt.ts";
import type { Ended } from "../outcome.ts";

/** What a response of this fetch says of how it came: its property `sluice`, which does not show up in loops. */
export interface ResponseReport {
  readonly attempts: readonly Attempt[];
  /** `"upstream"`, or the name of the fallback that answered. */
  readonly source: string;
  /** 1 where the call itself was answered; of a fallback what it says. */
  readonly confidence: number;
  /** How the body ended, once it has. Never rejects. */
  readonly ended: Promise<Ended>;
}

/** A wait that has begun. */
export interface Wait {
  readonly ms: number;
  /** `"queue"`: for a place or its pace, of which `ms` is told when it is over. */
  readonly reason: "retry" | "hint" | "queue";
  readonly origin: string;
  readonly model: string | undefined;
}

/** A call that is over. */
export interface CallReport {
  readonly origin: string;
  readonly model: string | undefined;
  readonly class: string;
  readonly attempts: readonly Attempt[];
  readonly source: string | undefined;
  readonly status: number | undefined;
  readonly tookMs: number;
  readonly ended: Ended;
}

/** A response of this fetch. */
export type SluiceResponse = Response & { readonly sluice: ResponseReport };

/** Puts `report` on `response`. */
export function withReport(response: Response, report: ResponseReport): SluiceResponse {
  const property = { value: report, configurable: true };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has it now
  return Object.defineProperty(response, "sluice", property) as SluiceResponse;
}

/** Of a response that is no answer, or whose body says nothing. */
export function endedAs(outcome: Ended["outcome"]): Ended {
  return { outcome, reason: undefined, usage: undefined, outputTokens: 0, error: undefined };
}
