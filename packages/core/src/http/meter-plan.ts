import type { Cost } from "../cost.ts";
import type { Charge } from "../lease.ts";
import { type Estimate, type Format, formats, type Reading } from "../llm/index.ts";
import { checkOptions, fail } from "../options.ts";

/** How responses are read; see `RateLimitOptions.meter`. */
export type MeterOption = false | "auto" | Format | MeterOptions;

/** What may be said of a meter. */
export interface MeterOptions {
  /** The provider's format. Default: `"auto"`, by the first bytes. */
  readonly format?: Format | "auto" | undefined;
  /** Tokens in a text, where the provider has not told its own count. Default: a token for every four bytes. */
  readonly count?: ((text: string) => number) | undefined;
  /**
   * What the whole response has cost beside its tokens, as `{ usd }`, or instead of them: it settles the lease. What it throws
   * leaves the tokens.
   */
  readonly cost?: ((reading: Reading) => Cost) | undefined;
  /**
   * What goes beyond what was reserved is reported while it streams in steps of at least so many tokens; and all use in steps of
   * a quarter of a second. Small events are looked at eight at a time, or 32 where eight come within 50 ms. Default: 64.
   */
  readonly step?: number | undefined;
}

/** `option`, completed; `undefined` for none. Throws `invalid-option`. */
export function checkMeter(option: MeterOption | undefined): MeterOptions | undefined {
  if (option === undefined || option === false) return undefined;
  const options = typeof option === "string" ? { format: option } : option;
  checkOptions("rateLimit: meter", options, ["format", "count", "cost", "step"]);
  const { format = "auto", count, cost, step = 64 } = options;
  if (format !== "auto" && !formats.includes(format)) {
    fail("rateLimit: meter", `false, "auto" or one of ${formats.join(", ")}`, format);
  }
  for (const [name, value] of Object.entries({ count, cost })) {
    if (value !== undefined && typeof value !== "function") {
      fail(`rateLimit: meter: ${name}`, "a function", value);
    }
  }
  if (!Number.isSafeInteger(step) || step < 1) {
    fail("rateLimit: meter: step", "a positive integer", step);
  }
  return { format, count, cost, step };
}

/** A response that took a limit above its capacity. */
export interface Overrun<Req> {
  readonly request: Req;
  /** What every limit charges now, and by how much each is above its capacity. */
  readonly charge: Charge;
}

/** How the response of one request is metered. */
export interface MeterPlan extends MeterOptions {
  /** The request's estimate, for what the response does not tell. */
  readonly estimated: Estimate | undefined;
  readonly hard: boolean;
  /** Is told of the first overrun. */
  readonly overrun: (charge: Charge) => void;
}

/** What a gate says of metering. */
export interface Metering<Req> {
  readonly meter: MeterOptions | undefined;
  readonly hard: boolean;
  readonly onOverrun: ((overrun: Overrun<Req>) => void) | undefined;
}

/** The plan for a request that was reserved `cost`. */
export function planMeter<Req>(
  { meter, hard, onOverrun }: Metering<Req>,
  cost: Cost,
  request: Req,
): MeterPlan {
  return {
    ...meter,
    estimated: estimatedBy(cost),
    hard,
    overrun(charge) {
      // It is told, and decides nothing.
      try {
        onOverrun?.({ request, charge });
      } catch {}
    },
  };
}

function estimatedBy({ inputTokens, outputTokens = 0 }: Cost): Estimate | undefined {
  if (inputTokens === undefined) return undefined;
  return { requests: 1, inputTokens, outputTokens, tokens: inputTokens + outputTokens };
}
