import { isPromise } from "../answer.ts";
import type { Cost } from "../cost.ts";
import type { Charge, Lease } from "../lease.ts";
import type { Limiter } from "../limiter.ts";
import type { Store } from "../store/store.ts";
import type { Subject } from "../subject.ts";

const longest = 256;
// As often as the clients of model providers retry by default.
const mostReplays = 2;
const mostRemembered = 10_000;

/** Names of requests, as clients choose them. */
export interface Ids<Req> {
  /** What the limiter is to know the request by; `undefined` without a name, or with one that cannot be used. */
  idOf(request: Req, subject: Subject): string | undefined;
  /** Whether a request of this name may go on once more uncharged: a few times, as retries do, and no more. */
  mayReplay(id: string): boolean;
}

/** Ids out of the names that `name` finds. */
export function createIds<Req>(name: (request: Req) => string | undefined): Ids<Req> {
  const replays = new Map<string, number>();
  return {
    idOf(request, subject) {
      const named = name(request);
      if (typeof named !== "string" || named === "" || named.length > longest) return undefined;
      const id = named + ownerOf(subject);
      return id.length > longest ? undefined : id;
    },
    mayReplay(id) {
      const count = (replays.get(id) ?? 0) + 1;
      if (count > mostReplays) return false;
      replays.set(id, count);
      if (replays.size > mostRemembered) {
        for (const [oldest] of replays) {
          replays.delete(oldest);
          break;
        }
      }
      return true;
    },
  };
}

/** All of the subject, also what no limit counts apart: one client's name must not meet another's. */
function ownerOf(subject: Subject): string {
  let owner = "";
  for (const dimension of Object.keys(subject)) {
    const value = subject[dimension];
    if (typeof value === "string") owner += `|${dimension}=${value.length}:${value}`;
  }
  return owner;
}

/** The lease of a request that came again: when the one before has settled it, what this one really used is charged beside it. */
export function payingLease(
  lease: Lease<Store>,
  limiter: Limiter<Store>,
  subject: Subject,
): Lease<Store> {
  return {
    ...lease,
    settle(actual) {
      const charge = lease.settle(actual);
      if (actual === undefined || actual === "unknown") return charge;
      const pay = (settled: Charge): Charge | Promise<Charge> =>
        settled.applied ? settled : limiter.penalize(subject, beside(actual));
      return isPromise(charge) ? charge.then(pay) : pay(charge);
    },
  };
}

/** Without what a retry is not charged again. */
function beside(actual: Cost): Cost {
  return { ...actual, requests: undefined, inflight: undefined };
}
