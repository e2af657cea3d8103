/**
 * What a lease that expires unsettled is charged: what `extend` reported (`"charge-used"`), the whole estimate, or nothing.
 */
export type OnExpiry = "charge-used" | "charge-estimate" | "refund";

/**
 * A limit as it applies to a subject: numbers, and no subject. The same object comes again for the same numbers.
 * A field that the algorithm has no use for is 0 or `undefined`.
 */
export interface Terms {
  /** Names the limit among all that a store counts: its name, algorithm, unit and dimensions. */
  readonly scope: string;
  readonly algorithm: "sliding-window" | "token-bucket" | "fixed-window" | "concurrency";
  readonly capacity: number;
  /** Of a sliding window. */
  readonly windowMs: number;
  /** Of a sliding window. */
  readonly precisionMs: number;
  /** Of a fixed window: the end of the period that `atMs`, in milliseconds since 1970, lies in. */
  readonly periodEndMs: ((atMs: number) => number) | undefined;
  /** Of a token bucket: so many units in every `everyMs`, in lowest terms. `capacity × everyMs` is a safe integer. */
  readonly refill: number;
  readonly everyMs: number;
  /** `"charge-estimate"` for a token bucket, `"refund"` for concurrency. */
  readonly onExpiry: OnExpiry;
}

/** One limit resolved for one subject, with what the request spends of it. `scope` and `subject` together name the count. */
export interface Claim {
  readonly terms: Terms;
  /** The subject's values in the limit's dimensions, as one string: distinct for distinct values. */
  readonly subject: string;
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

/** How a decision was made while the store that should have made it could not: in this process, by admitting, or by refusing. */
export type Degraded = "local" | "allow" | "refuse";

/** What every answer of a store says. */
interface Answered {
  /** When, by the store's clock. */
  readonly atMs: number;
  /** How many leases this call found to have expired: each is found once. */
  readonly expired: number;
  /** Of a store that goes on while what it stands on fails; absent when the answer is exact. */
  readonly degraded?: Degraded;
}

/** What a store decided. */
export interface Outcome extends Answered {
  /** `"blocked"`: refused, at least one claim by a block. `"full"`: no room for one more count or lease. */
  readonly verdict: "allowed" | "refused" | "blocked" | "full";
  /** True for an id that was allowed before: nothing was charged now. */
  readonly replayed: boolean;
  /**
   * Four numbers for each claim, in order, good until the store is next called:
   * 0: charged now, this request included if it was allowed; whole units, rounded up.
   * 1: milliseconds until this claim alone would allow the request: 0 when it does now, `Infinity` when it never will.
   * 2: milliseconds until the oldest charge leaves, of a token bucket until one unit has; 0 when nothing is charged.
   * 3: milliseconds until a block ends; 0 without.
   */
  readonly states: ArrayLike<number>;
}

/** What was done to a lease, or to counts. */
export interface ChargeOutcome extends Answered {
  /** False when the lease has ended or is no longer remembered, or there is no room for one more count: nothing changed. */
  readonly applied: boolean;
  /**
   * Two numbers for each claim, in order, good until the store is next called; none when nothing was applied.
   * 0: what the lease is charged now; what `adjust` charged, or gave back.
   * 1: by how much the count is above its capacity now.
   */
  readonly states: ArrayLike<number>;
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

/** Tells a store of a charge that it made without a lease, and remembers nothing of: good for that store alone. */
export interface Receipt {
  /** When it was charged, by the store's clock. */
  readonly atMs: number;
}

/** How a charge is to be changed: as `Extension` and `Settlement` say, without `unreported` as an extension. */
export interface Amendment {
  readonly amounts: readonly (number | undefined)[];
  readonly unreported: Settlement["unreported"] | undefined;
}

/**
 * Where counts live and a decision is made. Each method is atomic, and reads the time once. `claims` have distinct scopes,
 * and those given to `extend` and `settle` are the ones the lease was reserved with.
 *
 * A sliding-window charge counts as made at the end of its slot of `precisionMs`, and until `windowMs` after; a
 * fixed-window charge until its period ends; a token bucket drains `refill` units in `everyMs`, continuously, down to 0;
 * a concurrency claim counts while its lease lives. A live lease is charged the greater of its estimate and what was reported.
 * One that passes its deadline has expired, at that instant, whether or not anyone looks: it is charged by its rule, and what is
 * reported later is charged too, but it stays expired; it can still be settled, once.
 *
 * A settlement changes the charge in the slot where it was reserved; once that slot has left the window, an overage is
 * charged now and a refund is dropped. A token bucket charges an overage now, and refunds no more than what is left of its
 * level above all that was charged since the reservation: the rest has drained.
 */
interface StoreMethods<Sync extends boolean> {
  /**
   * Allows every claim and charges them all, or refuses and changes nothing. Without `lease` a claim is spent at once, and
   * one of concurrency holds nothing. An id that was allowed before is allowed again, uncharged; with other claims or costs
   * it throws `id-conflict`.
   */
  reserve(claims: readonly Claim[], lease?: LeaseRequest): Result<Sync, Outcome>;
  /** As `reserve` without a lease for each of `batch` in turn, all at one instant. States stay good until the next call. */
  reserveMany(batch: readonly (readonly Claim[])[]): Result<Sync, readonly Outcome[]>;
  /** What `reserve` without a lease would answer, with `used` as it stands. Charges nothing. */
  peek(claims: readonly Claim[]): Result<Sync, Outcome>;
  /** Adds to what a lease has used and, while it lives, moves its deadline. Throws `invalid-cost` when a count would be unsafe. */
  extend(claims: readonly Claim[], extension: Extension): Result<Sync, ChargeOutcome>;
  /**
   * Ends a lease. When `"nothing"` is left of it, its id is free again. Throws `invalid-cost` when a count would be unsafe.
   */
  settle(claims: readonly Claim[], settlement: Settlement): Result<Sync, ChargeOutcome>;
  /**
   * Charges each claim's cost whatever is charged already, or gives it back, the latest charges first, as far as
   * there is any that no lease would give back at its deadline. Leaves concurrency alone. Throws `invalid-cost` when a count would be unsafe.
   */
  adjust(claims: readonly Claim[], direction: "charge" | "refund"): Result<Sync, ChargeOutcome>;
  /** Refuses the claims' counts for `forMs` from now, instead of any block there is; 0 lifts it. */
  block(claims: readonly Claim[], forMs: number): Result<Sync, ChargeOutcome>;
  /** Forgets all that is charged to the claims' counts, and lifts blocks. A lease's own charge is then as one that has left. */
  reset(claims: readonly Claim[]): Result<Sync, ChargeOutcome>;
}

type Result<Sync extends boolean, T> = Sync extends true ? T : Promise<T>;

/** How much a store keeps. */
export interface StoreSize {
  /** Counts: one for each limit and subject with something charged, or blocked. */
  readonly keys: number;
  /** Leases, live or remembered. */
  readonly leases: number;
  /** Leases that have neither ended nor been found expired. */
  readonly live: number;
}

/** A store that answers at once. The contract is published as `storeContract` in `@sluice/core/testing`. */
export interface SyncStore extends StoreMethods<true> {
  /**
   * As `reserve` without a lease, with a receipt of what it charged where it allowed. For sliding and fixed windows
   * whose `onExpiry` is `"charge-estimate"`. Only of a store that can `amend`.
   */
  spend?(claims: readonly Claim[]): Outcome & { readonly receipt: Receipt | undefined };
  /**
   * What `extend` and `settle` would do to a lease without a deadline that had reserved the claims when the receipt was made.
   * Throws `invalid-cost` when a count would be unsafe.
   */
  amend?(claims: readonly Claim[], receipt: Receipt, amendment: Amendment): ChargeOutcome;
  size?(): StoreSize;
}

/** A store that answers with promises. */
export interface AsyncStore extends StoreMethods<false> {
  size?(): StoreSize;
}

/** Where counts live and the decision is made atomically. */
export type Store = SyncStore | AsyncStore;

/** `T` from a store that answers at once, `Promise<T>` from any other. */
export type Answer<S extends Store, T> = S extends SyncStore ? T : Promise<T>;
