import type { Allowed, LimitState, Refused } from "./decision.ts";
import type { Lease, LeaseStore } from "./lease.ts";
import type { Limit } from "./limit.ts";
import type { Degraded, Receipt, Store, SyncStore } from "./store/store.ts";

/** A store whose charges can be changed without a lease. */
export type Spender = SyncStore & Required<Pick<SyncStore, "spend" | "amend">>;

/** `store`, if it is one. */
export function spenderOf(store: Store): Spender | undefined {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- looked at here
  return "spend" in store && "amend" in store ? (store as Spender) : undefined;
}

/** Whether it makes no difference to `limits` when a lease expires: what it is charged is charged anyway, and leaves when it would. */
export function areLasting(limits: readonly Limit[]): boolean {
  return limits.every((limit) => {
    const isWindow = limit.algorithm === "sliding-window" || limit.algorithm === "fixed-window";
    return isWindow && limit.termsFor().onExpiry === "charge-estimate";
  });
}

/** What a lease asks of its store, of a charge that there is only a receipt of. */
export function storeOfReceipt(store: Spender, receipt: Receipt): LeaseStore {
  return {
    extend: (claims, { amounts }) =>
      store.amend(claims, receipt, { amounts, unreported: undefined }),
    settle: (claims, { amounts, unreported }) =>
      store.amend(claims, receipt, { amounts, unreported }),
  };
}

/**
 * An allowed request whose lease is made when it is asked for, as most never are. A class within, as an exchange is: made for every
 * request, with a getter.
 */
export class LateReservation<S extends Store> implements Allowed {
  readonly allowed = true;
  readonly replayed: boolean;
  readonly unenforced: Refused | undefined;
  readonly atMs: number;
  readonly limits: readonly LimitState[];
  readonly degraded: Degraded | undefined;
  readonly #makeLease: () => Lease<S>;
  #lease: Lease<S> | undefined = undefined;

  constructor(decision: Allowed, makeLease: () => Lease<S>) {
    this.replayed = decision.replayed;
    this.unenforced = decision.unenforced;
    this.atMs = decision.atMs;
    this.limits = decision.limits;
    this.degraded = decision.degraded;
    this.#makeLease = makeLease;
  }

  get lease(): Lease<S> {
    return (this.#lease ??= this.#makeLease());
  }
}

/** Whether nothing need be done at the end of a request, unless its lease has been asked for. */
export function isLate(reservation: Allowed): boolean {
  return reservation instanceof LateReservation;
}
