import { isSluiceError } from "../errors.ts";
import type { Limit } from "../limit.ts";
import type { Limiter } from "../limiter.ts";
import type { Reservation, ReserveOptions } from "../reserving.ts";
import type { Store } from "../store/store.ts";
import type { Subject } from "../subject.ts";
import { canonical } from "./canonical.ts";
import type { ManualClock } from "./manual-clock.ts";

/** A rule by example: a title, the limits, and what happens. */
export type Example = readonly [
  title: string,
  limits: readonly Limit[],
  body: (bench: Workbench) => Promise<void>,
];

/** How long the stores of the examples remember what has ended. */
export const rememberMs = 1_000;

/** What an example of the contract works with: one tenant under some limits. */
export interface Workbench {
  readonly limiter: Limiter<Store>;
  readonly clock: ManualClock;
  /** Asks, for the one tenant unless told; the answer is `"allowed"`, or the reason with its limit and retry-after. */
  readonly ask: (cost: Record<string, number>, subject?: Subject) => Promise<string>;
  /** Reserves, and fails unless it is allowed. Options may be the id alone. */
  readonly lease: (
    cost: Record<string, number>,
    options?: string | ReserveOptions,
  ) => Promise<Granted>;
  /** Charged now, by limit. */
  readonly used: (subject?: Subject) => Promise<readonly number[]>;
  /** Moves the clock to an instant, as `"2025-03-30T00:00:00Z"`. */
  readonly goTo: (instant: string) => void;
}

type Granted = Extract<Reservation<Store>, { allowed: true }>;

/** The one tenant. */
export const acme: Subject = { tenant: "acme" };

/** A workbench around `limiter`, whose store tells the time by `clock`. */
export function workbench(limiter: Limiter<Store>, clock: ManualClock): Workbench {
  return {
    limiter,
    clock,
    async ask(cost, subject = acme) {
      const decision = await limiter.check(subject, cost);
      if (decision.allowed) return "allowed";
      return `${decision.reason} ${decision.limitedBy} ${decision.retryAfterMs ?? "never"}`;
    },
    async lease(cost, options = {}) {
      const reserveOptions = typeof options === "string" ? { id: options } : options;
      const reservation = await limiter.reserve(acme, cost, reserveOptions);
      if (reservation.allowed) return reservation;
      throw new Error(`expected a lease, got ${canonical(reservation)}`);
    },
    async used(subject = acme) {
      // More than any capacity here: refused, so that it changes nothing.
      const probe = { requests: 1_000, tokens: 1_000, inflight: 1_000 };
      const { limits } = await limiter.check(subject, probe);
      return limits.map((state) => state.used);
    },
    goTo(instant) {
      clock.advance(Date.parse(instant) - clock());
    },
  };
}

/** The code of the error that `action` ends in. */
export async function codeOf(action: () => Promise<unknown>): Promise<string> {
  try {
    return `no error: ${canonical(await action())}`;
  } catch (error) {
    if (isSluiceError(error)) return error.code;
    throw error;
  }
}

/** Throws unless both are equal. */
export function is<T extends string | number | boolean | undefined>(got: T, expected: T): void {
  same(got, expected);
}

/** Throws unless both have the same content. */
export function same(got: unknown, expected: unknown): void {
  if (canonical(got) === canonical(expected)) return;
  throw new Error(`expected ${canonical(expected)}, got ${canonical(got)}`);
}
