import type { Clock } from "../clock.ts";
import type { Cost } from "../cost.ts";
import { isSluiceError } from "../errors.ts";
import type { Limit } from "../limit.ts";
import { createLimiter, type Limiter, type Reservation } from "../limiter.ts";
import type { Store } from "../store/store.ts";
import type { Subject } from "../subject.ts";
import { canonical } from "./canonical.ts";
import { manualClock, type ManualClock } from "./manual-clock.ts";
import { oracleStore } from "./oracle.ts";
import { seededRandom } from "./random.ts";
import { drawLimits, drawOperation, type Operation } from "./workload.ts";

/** An empty store that tells the time by `clock` and remembers ended leases for `rememberMs`. */
export type MakeStore = (clock: Clock, rememberMs: number) => Store | Promise<Store>;

/** Options of `compareWithOracle()`. */
export interface ComparisonOptions {
  /** Makes the store to compare, anew for each episode. */
  readonly makeStore: MakeStore;
  readonly operations: number;
  readonly seed: number;
}

/** How a comparison went: each kind of operation and answer, counted, to see that all were met. */
export type ComparisonTally = Readonly<Record<string, number>>;

/** After so many operations a new store is made, with other limits. */
const episodeLength = 400;

/**
 * Runs a random workload against a store and the oracle, and throws at the first answer that differs, with the seed and the
 * operations of that episode. Answers are compared whole: decisions, charges, times and errors.
 */
export async function compareWithOracle(options: ComparisonOptions): Promise<ComparisonTally> {
  const tally: Record<string, number> = {};
  const random = seededRandom(options.seed);
  for (let done = 0; done < options.operations; done += episodeLength) {
    const rememberMs = random.pick([1, 200, 600_000]);
    const limits = drawLimits(random);
    const clock = manualClock();
    const subject = player(limits, await options.makeStore(clock, rememberMs), clock);
    const oracle = player(limits, oracleStore(clock, rememberMs), clock);
    const history: Operation[] = [];
    for (let step = 0; step < Math.min(episodeLength, options.operations - done); step++) {
      const operation = drawOperation(random, limits);
      history.push(operation);
      move(clock, operation, oracle.retryAtMs());
      const expected = await oracle.play(operation);
      const got = await subject.play(operation);
      if (canonical(got) !== canonical(expected)) {
        throw new Error(
          `seed ${options.seed}, operation ${done + step}: expected ${canonical(expected)}, got ${canonical(got)}; ` +
            `remember ${rememberMs}, limits ${canonical(limits)}, operations ${canonical(history)}`,
        );
      }
      const name = `${operation.kind}: ${kindOf(expected)}`;
      tally[name] = (tally[name] ?? 0) + 1;
    }
  }
  return tally;
}

function move(clock: ManualClock, operation: Operation, retryAtMs: number): void {
  if (operation.kind === "time") clock.advance(operation.ms);
  if (operation.kind === "retry")
    clock.advance(Math.max(0, retryAtMs - operation.earlyMs - clock()));
}

interface Player {
  play(operation: Operation): Promise<unknown>;
  /** By the manual clock, when the last refused request is to be tried again. */
  retryAtMs(): number;
}

function player(limits: readonly Limit[], store: Store, clock: Clock): Player {
  const limiter: Limiter<Store> = createLimiter({ limits, store });
  const leases: Extract<Reservation<Store>, { allowed: true }>["lease"][] = [];
  let last: { subject: Subject; cost: Cost } = {
    subject: { tenant: "a", model: "small" },
    cost: {},
  };
  const named: { subject: Subject; cost: Cost; id: string }[] = [];
  let retryAt = 0;

  async function ask(subject: Subject, cost: Cost, id?: string): Promise<unknown> {
    const reservation = await limiter.reserve(subject, cost, id === undefined ? {} : { id });
    if (reservation.allowed) {
      const { lease, ...decision } = reservation;
      leases.push(lease);
      return decision;
    }
    if (reservation.reason === "over-limit") {
      last = { subject, cost };
      retryAt = clock() + reservation.retryAfterMs;
    }
    return reservation;
  }

  async function step(operation: Operation): Promise<unknown> {
    switch (operation.kind) {
      case "time":
        return undefined;
      case "retry":
        return ask(last.subject, last.cost);
      case "check":
        return limiter.check(operation.subject, operation.cost);
      case "reserve": {
        const { subject, cost, id } = operation;
        if (id !== undefined) named.push({ subject, cost, id });
        return ask(subject, cost, id);
      }
      case "repeat": {
        const before = named.at(-1 - operation.request);
        return before && ask(before.subject, before.cost, before.id);
      }
      default: {
        const lease = leases.at(-1 - operation.lease);
        if (lease === undefined) return undefined;
        if (operation.kind === "extend") return lease.extend(operation.cost);
        if (operation.kind === "settle") return lease.settle(operation.cost);
        if (operation.kind === "release") return lease.release();
        return lease[Symbol.asyncDispose]();
      }
    }
  }

  return {
    retryAtMs: () => retryAt,
    async play(operation) {
      try {
        return await step(operation);
      } catch (error) {
        if (isSluiceError(error)) return { error: error.code };
        throw error;
      }
    },
  };
}

function kindOf(answer: unknown): string {
  const text = canonical(answer);
  const found = /"(?:reason|error)":"([a-z-]+)"|"(replayed)":true|"(applied)":true/.exec(text);
  return found?.slice(1).find(Boolean) ?? (text.includes('"allowed":true') ? "allowed" : "nothing");
}
