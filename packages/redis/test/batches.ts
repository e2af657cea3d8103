import {
  type AsyncStore,
  type Claim,
  concurrency,
  fixedWindow,
  isSluiceError,
  type LeaseRequest,
  type Limit,
  type Outcome,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock, type MakeStore, oracleStore, seededRandom } from "@sluice/core/testing";
import { expect } from "vitest";

import type { BatchStore, Request } from "../src/batch.ts";
import { tagOf } from "../src/keys.ts";
import { claimOf } from "./claims.ts";

const aside = slidingWindow({ name: "aside", limit: 3, window: 50, per: ["tenant"] });

/** Sends each request between two others, so that what decides on many decides on it. */
export function amongOthers(store: BatchStore): AsyncStore {
  let asked = 0;
  const other = (): Request => {
    const id = `aside-${asked++}`;
    const isLeased = asked % 3 > 0;
    return {
      claims: [claimOf(aside, 1, `t${asked % 2}`)],
      lease: isLeased ? { id, expiresAfterMs: 20, repeatable: false } : undefined,
    };
  };
  return {
    ...store,
    async reserve(claims, lease) {
      const [, answer] = await store.reserveEach([other(), { claims, lease }, other()]);
      if (answer instanceof Error) throw answer;
      return answer!;
    },
  };
}

const per = ["tenant"];
const limits: readonly Limit[] = [
  slidingWindow({ name: "one", limit: 4, window: 40, per, onExpiry: "charge-estimate" }),
  slidingWindow({ name: "used", limit: 12, window: 60, per, precisionMs: 7, unit: "tokens" }),
  slidingWindow({ name: "free", limit: 9, window: 90, per: [], onExpiry: "refund" }),
  tokenBucket({ name: "bucket", capacity: 8, refill: 1, every: 9, per }),
  fixedWindow({ name: "day", limit: 500, window: "day", per, onExpiry: "charge-used" }),
  concurrency({ name: "inflight", limit: 3, per }),
];

/** How often something came of a request. */
export type Came = Record<string, number>;

/**
 * Compares random batches with the oracle, which is asked one by one: some requests under leases, of which ids come again in the same batch
 * and later, sometimes with another cost; between them leases are extended and settled, counts adjusted, blocked and reset. `tenants` are drawn from, and with `mixes` also
 * within a request.
 */
export async function playBatches(
  makeStore: MakeStore,
  { seed, batches, tenants, mixes = false }: Play,
): Promise<Came> {
  const random = seededRandom(seed);
  const clock = manualClock(1_700_000_000_000);
  const rememberMs = 150;
  const store = (await makeStore(clock, rememberMs)) as BatchStore;
  const oracle = oracleStore(clock, rememberMs);
  const came: Came = {};
  const asked = new Map<string, readonly Claim[]>();

  const claimsOf = (): readonly Claim[] => {
    const tenant = random.pick(tenants);
    const some = limits.filter(() => random.oneIn(2));
    const chosen = some.length === 0 ? [random.pick(limits)] : some;
    return chosen.map((limit) => {
      const other = mixes ? random.pick(tenants) : tenant;
      return claimOf(limit, random.integer(0, 3), limit.per.length === 0 ? "" : other);
    });
  };
  const drawn = new Map<number, readonly Claim[]>();
  let made = 0;
  let owned = 0;
  const requestOf = (): Request => {
    if (random.oneIn(3)) return { claims: claimsOf(), lease: undefined };
    const repeatable = !random.oneIn(4);
    const number = repeatable ? random.integer(made, made + 8) : -1 - owned++;
    // An id is that of a subject.
    const before = drawn.get(number) ?? claimsOf();
    drawn.set(number, before);
    const id = `id-${number}-${tagOf(before[0]!)}`;
    const isOther = repeatable && random.oneIn(12);
    const claims = isOther ? before.map((claim) => ({ ...claim, cost: claim.cost + 1 })) : before;
    if (!isOther) asked.set(id, claims);
    const expiresAfterMs = random.pick([15, 60, 400]);
    return { claims, lease: { id, expiresAfterMs, repeatable } satisfies LeaseRequest };
  };
  const amountsOf = (claims: readonly Claim[]): (number | undefined)[] =>
    claims.map(() => (random.oneIn(3) ? undefined : random.integer(0, 4)));
  const act = async (): Promise<void> => {
    const [id, claims] = random.pick([...asked]);
    const kind = random.integer(0, 5);
    const amounts = amountsOf(claims);
    const settlement = {
      id,
      amounts,
      unreported: random.pick(["estimate", "nothing"] as const),
    } as const;
    const on = async (to: Pick<AsyncStore, "extend"> | typeof oracle): Promise<unknown> => {
      const any = to as AsyncStore;
      if (kind < 2) return any.extend(claims, { id, amounts });
      if (kind < 4) return any.settle(claims, settlement);
      if (kind === 4) return any.adjust(claims, amounts[0] === undefined ? "refund" : "charge");
      return amounts[0] === undefined
        ? any.block(claims.slice(0, 1), 6)
        : any.reset(claims.slice(0, 1));
    };
    expect(plain(await on(store))).toEqual(plain(await on(oracle)));
  };

  for (let done = 0; done < batches; done++) {
    clock.advance(random.pick([0, 1, 5, 17, 60]));
    const requests = Array.from({ length: random.integer(2, 12) }, requestOf);
    const answers = await store.reserveEach(requests);
    for (const [index, { claims, lease }] of requests.entries()) {
      const answer = answers[index];
      const [got, expected] = [
        plain(answer),
        plain(
          resultOf(() => oracle.reserve(claims, lease)),
          claims.length * 4,
        ),
      ];
      expect({ seed, done, index, got }).toEqual({ seed, done, index, got: expected });
      const { verdict, replayed, code } = got as Record<string, unknown>;
      const what = String(code ?? (replayed === true ? "replayed" : verdict));
      const name = lease === undefined ? what : `lease: ${what}`;
      came[name] = (came[name] ?? 0) + 1;
    }
    made += random.integer(0, 2);
    for (let acts = random.integer(0, 4); acts > 0 && asked.size > 0; acts--) await act();
    if (asked.size > 30) asked.clear();
  }
  return came;
}

interface Play {
  readonly seed: number;
  readonly batches: number;
  readonly tenants: readonly string[];
  readonly mixes?: boolean;
}

function resultOf(decide: () => unknown): unknown {
  try {
    return decide();
  } catch (error) {
    return error;
  }
}

/** What can be compared: of an error its code, of states only those that are told. */
function plain(answer: unknown, count?: number): unknown {
  if (isSluiceError(answer)) return { code: answer.code };
  const outcome = answer as Outcome;
  // Each store finds those that have expired in its own way.
  return { ...outcome, expired: 0, states: Array.from(outcome.states).slice(0, count) };
}
