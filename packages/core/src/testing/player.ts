import { isPromise, whenAnswered } from "../answer.ts";
import type { Clock } from "../clock.ts";
import type { Cost } from "../cost.ts";
import { isSluiceError } from "../errors.ts";
import type { Lease } from "../lease.ts";
import type { Limit } from "../limit.ts";
import { createLimiter, type Limiter } from "../limiter.ts";
import type { Reservation } from "../reserving.ts";
import type { Store } from "../store/store.ts";
import type { Subject } from "../subject.ts";
import type { Operation } from "./workload.ts";

/** Plays a workload to one store. */
export interface Player {
  /** The answer, or the code of the error; promised when the store promises. `next` are the limits of an `update`. */
  play(operation: Operation, next: readonly Limit[]): unknown;
  /** By the manual clock, when the last request that was refused is to be tried again. */
  retryAtMs(): number;
}

interface Asked {
  readonly subject: Subject;
  readonly cost: Cost;
  readonly id?: string;
  readonly deadline?: number;
}

/** A player under `limits` to `store`, which tells the time by `clock`. */
export function createPlayer(limits: readonly Limit[], store: Store, clock: Clock): Player {
  const limiter: Limiter<Store> = createLimiter({ limits, store });
  const leases: Lease<Store>[] = [];
  const named: Asked[] = [];
  let last: Asked | undefined;
  let retryAt = 0;
  let promises = false;

  function ask({ subject, cost, ...options }: Asked): unknown {
    const asked = limiter.reserve(subject, cost, options);
    promises = isPromise(asked);
    return whenAnswered<Store, Reservation<Store>, unknown>(asked, (reservation) => {
      if (reservation.allowed) {
        const { lease, ...decision } = reservation;
        leases.push(lease);
        return decision;
      }
      if (reservation.retryAfterMs !== undefined) {
        last = { subject, cost };
        retryAt = clock() + reservation.retryAfterMs;
      }
      return reservation;
    });
  }

  function step(operation: Operation, next: readonly Limit[]): unknown {
    switch (operation.kind) {
      case "time":
        return undefined;
      case "retry":
        return last && ask(last);
      case "check":
      case "peek":
      case "penalize":
      case "reward":
        return limiter[operation.kind](operation.subject, operation.cost);
      case "checkMany":
        return limiter.checkMany(operation.requests);
      case "reserve": {
        const { kind: _, ...asked } = operation;
        if (asked.id !== undefined) named.push(asked);
        return ask(asked);
      }
      case "repeat": {
        const before = named.at(-1 - operation.request);
        return before && ask(before);
      }
      case "block":
        return limiter.block(operation.subject, operation.forMs);
      case "reset":
        return limiter.reset(operation.subject);
      case "update":
        return limiter.update(next);
      default: {
        const lease = leases.at(-1 - operation.lease);
        if (lease === undefined) return undefined;
        if (operation.kind === "extend") return lease.extend(operation.cost);
        if (operation.kind === "settle") return lease.settle(operation.cost);
        if (operation.kind === "release") return lease.release();
        return promises ? lease[Symbol.asyncDispose]() : lease[Symbol.dispose]();
      }
    }
  }

  return {
    retryAtMs: () => retryAt,
    play(operation, next) {
      try {
        const answer = step(operation, next);
        return isPromise(answer) ? answer.catch(codeOf) : answer;
      } catch (error) {
        return codeOf(error);
      }
    },
  };
}

function codeOf(error: unknown): { readonly error: string } {
  if (isSluiceError(error)) return { error: error.code };
  throw error;
}
