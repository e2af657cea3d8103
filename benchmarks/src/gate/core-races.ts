import type { Limit, Limiter, SyncStore } from "@sluice/core";

import { sink } from "../loop.ts";
import type { Code } from "./code.ts";
import { counter } from "./counter.ts";
import type { Calls, Race } from "./race.ts";

const per = ["user"];
const plenty = 1_000_000_000;
const batchSize = 64;
const keys = 1_000;

/** The hot paths of the limiter over the memory store, most of them beside the simplest limiter there can be. */
export function coreRaces({ core, hash }: Code): Race[] {
  const { concurrency, createLimiter, memoryStore, slidingWindow } = core;
  const over = (...limits: Limit[]): Limiter<SyncStore> =>
    createLimiter({ limits, store: memoryStore({ maxKeys: 4 * keys }) });
  const rpm = (limit: number): Limit => slidingWindow({ name: "rpm", limit, window: "1m", per });
  const tpm = slidingWindow({ name: "tpm", unit: "tokens", limit: plenty, window: "1m", per });
  const inflight = concurrency({ name: "inflight", limit: plenty, per });

  const one = over(rpm(plenty));
  const many = over(rpm(plenty));
  const full = over(rpm(10));
  const three = over(rpm(plenty), tpm, inflight);
  const leased = over(rpm(plenty), tpm);
  const batched = over(rpm(plenty));
  return [
    { name: "hash of a key", own: hashing(hash), beside: summing(), calls: 5_000, atMost: 1.9 },
    {
      name: "check, one key",
      own: each(() => one.check({ user: "user-0" })),
      beside: counting(1),
      calls: 800,
      atMost: 6.8,
    },
    {
      name: "check, a thousand keys",
      own: each((index) => many.check({ user: `user-${index % keys}` })),
      beside: counting(keys),
      calls: 800,
      atMost: 6,
    },
    {
      name: "refusal, one key",
      own: each(() => full.check({ user: "user-0" })),
      beside: counting(1),
      calls: 800,
      atMost: 8,
    },
    {
      name: "check, three limits",
      own: each((index) =>
        three.check({ user: `user-${index % keys}` }, { requests: 1, tokens: 9 }),
      ),
      beside: counting(keys),
      calls: 500,
      atMost: 11.5,
    },
    {
      name: "checkMany of 64, a key",
      own: (count) => {
        for (let start = 0; start < count; start += batchSize) {
          const batch = Array.from({ length: batchSize }, (_, index) => ({
            subject: { user: `user-${(start + index) % keys}` },
          }));
          sink.last = batched.checkMany(batch);
        }
      },
      beside: counting(keys),
      calls: 12 * batchSize,
      atMost: 5.9,
    },
    {
      name: "reserve, extend, settle",
      own: each((index) => {
        const reservation = leased.reserve({ user: `user-${index % keys}` }, { tokens: 100 });
        if (!reservation.allowed) throw new Error("expected room");
        reservation.lease.extend({ tokens: 60 });
        return reservation.lease.settle({ tokens: 80 });
      }),
      beside: counting(keys),
      calls: 150,
      atMost: 66,
    },
    {
      name: "a full window of 10,000 beside one of 100",
      own: filled(fullOf(core, 10_000)),
      beside: filled(fullOf(core, 100)),
      calls: 800,
      atMost: 1.45,
    },
  ];
}

/** A limiter whose window stays full, and its clock. */
interface Full {
  readonly limiter: Limiter<SyncStore>;
  readonly stepMs: number;
  readonly clock: { nowMs: number };
}

function fullOf({ createLimiter, memoryStore, slidingWindow }: Code["core"], limit: number): Full {
  const clock = { nowMs: 1_000_000 };
  const windowMs = 10_000;
  const limits = [slidingWindow({ name: "rpm", limit, window: windowMs, per })];
  const store = memoryStore({ clock: () => clock.nowMs, maxKeys: 1 });
  const full = { limiter: createLimiter({ limits, store }), stepMs: windowMs / limit, clock };
  void filled(full)(limit);
  return full;
}

function filled({ limiter, stepMs, clock }: Full): Calls {
  return each(() => {
    clock.nowMs += stepMs;
    return limiter.check({ user: "user-0" });
  });
}

function each(call: (index: number) => unknown): Calls {
  return (count) => {
    for (let index = 0; index < count; index++) sink.last = call(index);
  };
}

function hashing({ createHasher, absorb, finish }: Code["hash"]): Calls {
  const hasher = createHasher(1, 2);
  return (count) => {
    let sum = 0;
    for (let index = 0; index < count; index++) {
      absorb(hasher, names[index & 255]!);
      finish(hasher, index, 0);
      sum ^= hasher.a ^ hasher.b;
    }
    sink.last = sum;
  };
}

const names = Array.from({ length: 256 }, (_, index) => `tenant-${index}-user-of-it-${index * 7}`);

/** FNV-1a over the same names: a loop whose cost is known. */
function summing(): Calls {
  return (count) => {
    let sum = 0;
    for (let index = 0; index < count; index++) {
      const name = names[index & 255]!;
      let hash = 0x81_1c_9d_c5;
      for (let at = 0; at < name.length; at++) {
        hash = Math.imul(hash ^ name.charCodeAt(at), 0x01_00_01_93);
      }
      sum ^= hash;
    }
    sink.last = sum;
  };
}

function counting(keyCount: number): Calls {
  const count = counter();
  return each((index) => count(`user-${index % keyCount}`));
}
