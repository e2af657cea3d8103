import type { ManualClock, Random } from "@sluice/core/testing";

import { calendar } from "../../core/src/algorithms/calendar.ts";
import type { Claim, SyncStore, Terms } from "../../core/src/store/store.ts";

/** A store whose table can be looked at. */
export interface Traced {
  readonly store: SyncStore;
  readonly sweep: () => void;
  readonly digest: () => void;
}

const base = { windowMs: 0, precisionMs: 0, periodEndMs: undefined, refill: 0, everyMs: 0 };
const day = calendar("day", "Europe/Berlin", "fixed");

function drawTerms(random: Random, name: string): Terms {
  const onExpiry = random.pick(["charge-used", "charge-estimate", "refund"] as const);
  const capacity = random.pick([1, 5, 20, 200, 2 ** 40]);
  switch (random.integer(0, 5)) {
    case 0:
      return {
        ...base,
        scope: `${name}|c`,
        algorithm: "concurrency",
        capacity,
        onExpiry: "refund",
      };
    case 1: {
      const everyMs = random.pick([1, 7, 1000]);
      const numbers = {
        capacity: Math.min(capacity, 2 ** 30),
        refill: random.pick([1, 3, 11]),
        everyMs,
      };
      return {
        ...base,
        scope: `${name}|b`,
        algorithm: "token-bucket",
        ...numbers,
        onExpiry: "charge-estimate",
      };
    }
    case 2:
      return {
        ...base,
        scope: `${name}|f`,
        algorithm: "fixed-window",
        capacity,
        periodEndMs: day,
        onExpiry,
      };
    default: {
      const windowMs = random.pick([50, 1_000, 60_000, 60_000, 2 ** 32]);
      const precisionMs = random.pick([1, 1, 1, 10, 50]);
      return {
        ...base,
        scope: `${name}|s\u0161`,
        algorithm: "sliding-window",
        capacity,
        windowMs,
        precisionMs,
        onExpiry,
      };
    }
  }
}

/** Plays operations on many keys to a store, so that pages split and directories grow; says how many. */
export function drawMany(
  random: Random,
  clock: ManualClock,
  traced: Traced,
  length: number,
): number {
  const { store } = traced;
  const terms = ["a", "b", "c", "d"].map((name) => drawTerms(random, name));
  const users = random.pick([40, 3_000, 60_000, 400_000]);
  const ids: { id: string; claims: Claim[] }[] = [];
  const prefix = random.pick(["user-", "\u00e9:", "\u65e5\u672c-", ""]);
  const draw = (): Claim[] => {
    const subject = prefix + random.integer(1, users);
    const some = random.oneIn(3) ? terms : terms.slice(0, random.integer(1, 4));
    return some.map((one) => ({
      terms: one,
      subject,
      cost: random.oneIn(60) ? random.pick([0, 7, 2 ** 33, 2 ** 52]) : random.integer(0, 2),
    }));
  };
  const amounts = (claims: readonly Claim[]): (number | undefined)[] =>
    claims.map(() => (random.oneIn(3) ? undefined : random.integer(0, 4)));
  let done = 0;
  for (let step = 0; done < length; step++, done++) {
    if (random.oneIn(4)) clock.advance(random.pick([0, 1, 3, 40, 700]));
    if (random.oneIn(2_000)) clock.advance(random.pick([90_000, 90_000_000]));
    try {
      done += step1(random.integer(0, 99));
    } catch {
      // Written down with the call.
    }
    if (step % 2_000 === 1_999) traced.digest();
    if (random.oneIn(3_000)) traced.sweep();
  }
  traced.digest();
  return done;

  function step1(kind: number): number {
    if (kind < 40) {
      const batch = Array.from({ length: random.pick([3, 64, 100]) }, draw);
      store.reserveMany(batch);
      return batch.length;
    }
    if (kind < 60) store.reserve(draw());
    else if (kind < 75) {
      const id = `id-${random.integer(1, random.pick([20, 5_000]))}`;
      const claims = draw();
      const expiresAfterMs = random.pick([1, 30, 2_000, 300_000]);
      store.reserve(claims, { id, expiresAfterMs, repeatable: random.oneIn(2) });
      ids.push({ id, claims });
      if (ids.length > 300) ids.shift();
    } else if (kind < 90) {
      const { id, claims } =
        ids.length > 0 && !random.oneIn(9) ? random.pick(ids) : { id: "none", claims: draw() };
      if (kind < 82) store.extend(claims, { id, amounts: amounts(claims) });
      else {
        const unreported = random.pick(["estimate", "nothing", "expiry"] as const);
        store.settle(claims, { id, amounts: amounts(claims), unreported });
      }
    } else if (kind < 93) store.peek(draw());
    else if (kind < 95) store.adjust(draw(), "charge");
    else if (kind < 97) store.adjust(draw(), "refund");
    else if (kind < 98) store.block(draw(), random.pick([0, 50, 5_000]));
    else store.reset(draw());
    return 0;
  }
}
