import type { OnExpiry } from "../limit-options.ts";

/** One limit resolved for one subject, with what the request spends of it. */
export interface Claim {
  /** Names the count: equal for the same limit and the same subject. */
  readonly key: string;
  readonly algorithm: "sliding-window" | "concurrency";
  readonly capacity: number;
  /** 0 for concurrency. */
  readonly windowMs: number;
  /** 0 for concurrency. */
  readonly precisionMs: number;
  /** `"refund"` for concurrency. */
  readonly onExpiry: OnExpiry;
  readonly cost: number;
}

/** The lease that an allowed request is to hold. */
export interface LeaseRequest {
  readonly id: string;
  /** The lease expires this long after it was reserved or last extended. */
  readonly expiresAfterMs: number;
  /** Whether the id may come again, so that its outcome must be remembered after it has settled. */
  readonly repeatable: boolean;
}

/** How one claim stands after a decision. */
export interface ClaimState {
  /** Charged now, this request included if it was allowed. */
  readonly used: number;
  /** Until this claim alone would allow the request: 0 when it does now, `Infinity` when it never will. */
  readonly retryAfterMs: number;
  /** Until the oldest charge leaves; 0 when nothing is charged. */
  readonly freesAfterMs: number;
}

/** What a store decided. */
export interface Outcome {
  /** `"full"`: the store has no room for one more key or lease. */
  readonly verdict: "allowed" | "refused" | "full";
  /** When, by the store's clock. */
  readonly atMs: number;
  /** True for an id that was allowed before: nothing was charged now. */
  readonly replayed: boolean;
  /** One for each claim, in order. */
  readonly claims: readonly ClaimState[];
}

/** How one claim of a lease stands after it was extended or settled. */
export interface ChargeState {
  /** What the lease is charged now. */
  readonly charged: number;
  /** By how much the claim's count is above its capacity now. */
  readonly overage: number;
}

/** What `extend` or `settle` did. */
export interface ChargeOutcome {
  /** False when the lease has ended or is no longer remembered: nothing changed. */
  readonly applied: boolean;
  readonly atMs: number;
  /** One for each claim, in order; empty when nothing was applied. */
  readonly claims: readonly ChargeState[];
}

/** Usage beyond what was reported before, for each claim in order; `undefined` reports nothing. */
export interface Extension {
  readonly id: string;
  readonly amounts: readonly (number | undefined)[];
}

/** What each claim of a lease really used, in order. */
export interface Settlement {
  readonly id: string;
  readonly amounts: readonly (number | undefined)[];
  /**
   * What a claim whose amount is `undefined` is charged when `extend` never reported any either: its estimate, or nothing.
   * One that was extended is charged what was reported. `"expiry"` ends the lease as its deadline would, whatever the amounts.
   */
  readonly unreported: "estimate" | "nothing" | "expiry";
}

/**
 * Where counts live and a decision is made. Each method is atomic, and reads the time once. `claims` have distinct keys,
 * and those given to `extend` and `settle` are the ones the lease was reserved with.
 *
 * A sliding-window claim counts while its slot is in the window; a concurrency claim while its lease lives. A live lease is
 * charged the greater of its estimate and what was reported. One that passes its deadline has expired, at that instant,
 * whether or not anyone looks: it is charged by its rule, and what is reported later is charged too, but it stays expired; it can
 * still be settled, once.
 * A settlement changes the charge in the slot where it was reserved; once that slot has left the window, an overage is
 * charged now and a refund is dropped.
 */
interface StoreMethods<Sync extends boolean> {
  /**
   * Allows every claim and charges them all, or refuses and changes nothing. Without `lease` a sliding-window claim is
   * spent at once and a concurrency claim holds nothing. An id that was allowed before is allowed again, uncharged;
   * with other claims or costs it throws `id-conflict`.
   */
  reserve(claims: readonly Claim[], lease?: LeaseRequest): Result<Sync, Outcome>;
  /** Adds to what a lease has used and, while it lives, moves its deadline. Throws `invalid-cost` when a count would be unsafe. */
  extend(claims: readonly Claim[], extension: Extension): Result<Sync, ChargeOutcome>;
  /**
   * Ends a lease. When `"nothing"` is left of it, its id is free again. Throws `invalid-cost` when a count would be unsafe.
   */
  settle(claims: readonly Claim[], settlement: Settlement): Result<Sync, ChargeOutcome>;
}

type Result<Sync extends boolean, T> = Sync extends true ? T : Promise<T>;

/** A store that answers at once. The contract is published as `storeContract` in `@sluice/core/testing`. */
export interface SyncStore extends StoreMethods<true> {}

/** A store that answers with promises. */
export interface AsyncStore extends StoreMethods<false> {}

/** Where counts live and the decision is made atomically. */
export type Store = SyncStore | AsyncStore;

/** `T` from a store that answers at once, `Promise<T>` from any other. */
export type Answer<S extends Store, T> = S extends SyncStore ? T : Promise<T>;
