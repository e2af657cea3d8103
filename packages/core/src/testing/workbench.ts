import { isSluiceError } from "../errors.ts";
import type { Limiter, Reservation } from "../limiter.ts";
import type { Store } from "../store/store.ts";
import { canonical } from "./canonical.ts";
import type { ManualClock } from "./manual-clock.ts";

/** What an example of the contract works with: one tenant under some limits. */
export interface Workbench {
  readonly limiter: Limiter<Store>;
  readonly clock: ManualClock;
  /** Asks for one tenant; the answer is `"allowed"`, or the reason with its limit and retry-after. */
  readonly ask: (cost: Record<string, number>) => Promise<string>;
  /** Reserves, and fails unless it is allowed. */
  readonly lease: (cost: Record<string, number>, id?: string) => Promise<Granted>;
  /** Charged now, by limit. */
  readonly used: () => Promise<readonly number[]>;
}

type Granted = Extract<Reservation<Store>, { allowed: true }>;

const subject = { tenant: "acme" };

/** A workbench around `limiter`, whose store tells the time by `clock`. */
export function workbench(limiter: Limiter<Store>, clock: ManualClock): Workbench {
  return {
    limiter,
    clock,
    async ask(cost) {
      const decision = await limiter.check(subject, cost);
      if (decision.allowed) return "allowed";
      return `${decision.reason} ${decision.limitedBy} ${decision.retryAfterMs ?? "never"}`;
    },
    async lease(cost, id) {
      const reservation = await limiter.reserve(subject, cost, id === undefined ? {} : { id });
      if (reservation.allowed) return reservation;
      throw new Error(`expected a lease, got ${canonical(reservation)}`);
    },
    async used() {
      // More than any capacity here: refused, so that it changes nothing.
      const probe = { requests: 1_000, tokens: 1_000, inflight: 1_000 };
      const { limits } = await limiter.check(subject, probe);
      return limits.map((state) => state.used);
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
