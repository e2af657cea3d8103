import { isPromise } from "./answer.ts";
import type { Cost } from "./cost.ts";
import type { Decision } from "./decision.ts";
import { isSluiceError } from "./errors.ts";
import type { Charge } from "./lease.ts";
import type { Limit } from "./limit.ts";
import type { Subject } from "./subject.ts";

/** What a limiter tells its `observe` hook. */
export type LimiterEvent =
  /** A request was decided, by `check`, `checkMany` or `reserve`. */
  | {
      readonly kind: "decision";
      readonly subject: Subject;
      readonly cost: Cost;
      readonly decision: Decision;
    }
  /** A lease was settled, released or disposed of; also when it was too late, and nothing was applied. */
  | { readonly kind: "settle"; readonly id: string; readonly charge: Charge }
  /** So many leases were found to have passed their deadlines; each is found once, by the next call that comes across it. */
  | { readonly kind: "expiry"; readonly leases: number; readonly atMs: number }
  /** The store could not answer. Told once until it recovers. */
  | { readonly kind: "store-failure"; readonly error: unknown }
  /** The store answers again. */
  | { readonly kind: "store-recovery" }
  /** `update()` has put other limits in the place of `before`. */
  | {
      readonly kind: "limits-changed";
      readonly before: readonly Limit[];
      readonly limits: readonly Limit[];
    };

/** Tells an `observe` hook what happens. */
export interface Teller {
  readonly tell: (event: LimiterEvent) => void;
  /** Tells what an answer of the store says beside itself. */
  readonly hear: (answer: { readonly expired: number; readonly atMs: number }) => void;
  /** Tells of a failure of the store, and throws it. */
  readonly fail: (error: unknown) => never;
}

const ofStores: ReadonlySet<string> = new Set([
  "store-locked",
  "store-failed",
  "store-corrupt",
  "invalid-reply",
]);

/** A teller to `observe`, which must not decide: what it throws is dropped. */
export function createTeller(observe: ((event: LimiterEvent) => void) | undefined): Teller {
  let isFailing = false;
  const tell = (event: LimiterEvent): void => {
    try {
      const told: unknown = observe?.(event);
      if (isPromise(told)) told.catch(() => {});
    } catch {}
  };
  return {
    tell,
    hear({ expired, atMs }) {
      if (expired > 0) tell({ kind: "expiry", leases: expired, atMs });
      if (!isFailing) return;
      isFailing = false;
      tell({ kind: "store-recovery" });
    },
    fail(error) {
      // What the caller got wrong is no failure of the store.
      const isTheirs = isSluiceError(error) && !ofStores.has(error.code);
      if (!isFailing && !isTheirs) {
        isFailing = true;
        tell({ kind: "store-failure", error });
      }
      throw error;
    },
  };
}
