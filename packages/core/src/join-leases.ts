import { isPromise } from "./answer.ts";
import type { Charge, Lease } from "./lease.ts";
import type { Store } from "./store/store.ts";

/**
 * One lease out of two that the same request holds: what is done with it is done with both, so that usage reaches every limit.
 * Its id is that of `second`.
 */
export function joinLeases(first: Lease<Store>, second: Lease<Store>): Lease<Store> {
  const both = (
    act: (lease: Lease<Store>) => Charge | Promise<Charge>,
  ): Charge | Promise<Charge> => {
    const one = act(first);
    let other: Charge | Promise<Charge>;
    try {
      other = act(second);
    } catch (error) {
      // The other's failure is what is told.
      if (isPromise(one)) one.catch(() => {});
      throw error;
    }
    if (!isPromise(one) && !isPromise(other)) return joinCharges([one, other]);
    return Promise.all([one, other]).then(joinCharges);
  };
  return {
    id: second.id,
    extend: (used) => both((lease) => lease.extend(used)),
    settle: (actual) => both((lease) => lease.settle(actual)),
    release: () => both((lease) => lease.release()),
    [Symbol.dispose]() {
      try {
        first[Symbol.dispose]();
      } finally {
        second[Symbol.dispose]();
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
    },
  };
}

function joinCharges([one, other]: readonly [Charge, Charge]): Charge {
  return {
    applied: one.applied && other.applied,
    holds: one.holds && other.holds,
    limits: [...one.limits, ...other.limits],
    atMs: Math.max(one.atMs, other.atMs),
  };
}
