// Plays random operations on the engine of core and writes them down, with every answer and now and then a digest of the whole table:
// `crate/examples/replay.rs` plays them again in Rust and compares. `node soak/trace.ts <seed> <operations> [shared]`, to stdout.
import { writeSync } from "node:fs";

import { manualClock, drawEpisode, limitOf, seededRandom } from "@sluice/core/testing";

import { steadyClock } from "../../core/src/clock.ts";
import { isSluiceError } from "../../core/src/errors.ts";
import { adjustCounts, blockCounts, resetCounts } from "../../core/src/store/adjusting.ts";
import { extendLease, settleLease } from "../../core/src/store/charging.ts";
import { decide } from "../../core/src/store/deciding.ts";
import {
  createEngine,
  enter,
  enterHashed,
  leave,
  type Engine,
} from "../../core/src/store/engine.ts";
import { batchSize, createKeys, hashClaims } from "../../core/src/store/keys.ts";
import { include } from "../../core/src/store/locks.ts";
import { sweepAll } from "../../core/src/store/room.ts";
import type { Claim, Outcome, SyncStore, Terms } from "../../core/src/store/store.ts";
import { createTable, header, shards } from "../../core/src/store/table.ts";
import { createPlayer } from "../../core/src/testing/player.ts";
import type { Operation } from "../../core/src/testing/workload.ts";
import { drawMany } from "./many.ts";

const [seedText = "1", operationsText = "10000", sharedText] = process.argv.slice(2);
const isShared = sharedText === "shared";

const buffer = Buffer.alloc(1 << 20);
let used = 0;

function flush(): void {
  for (let from = 0; from < used;) {
    try {
      from += writeSync(1, buffer, from, used - from);
    } catch (error) {
      // A pipe that is full is tried again.
      const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!isFull) throw error;
    }
  }
  used = 0;
}

function put(...numbers: readonly number[]): void {
  if (used + numbers.length * 8 > buffer.length) flush();
  for (const number of numbers) used = buffer.writeDoubleLE(number, used);
}

function putText(text: string): void {
  put(text.length);
  if (used + text.length * 2 > buffer.length) flush();
  used += buffer.write(text, used, "utf16le");
}

const algorithms = ["sliding-window", "token-bucket", "fixed-window", "concurrency"];
const expiries = ["charge-used", "charge-estimate", "refund"];
const verdicts = ["allowed", "refused", "blocked", "full"];
const faults = ["id-conflict", "invalid-cost"];

/** What the words of the trace begin with. */
const code = {
  create: 0,
  terms: 1,
  reserve: 2,
  reserveMany: 3,
  peek: 4,
  extend: 5,
  settle: 6,
  adjust: 7,
  block: 8,
  reset: 9,
  sweep: 10,
  digest: 11,
} as const;

/** A store that writes down what it is asked and answers: `memoryStore` over a table of its own. */
function tracedStore(
  clock: () => number,
  options: { maxKeys: number; maxLeases: number; rememberMs: number; keys: [number, number] },
) {
  const table = createTable(isShared, ...options.keys);
  table.u32[header.maxKeys] = options.maxKeys;
  table.u32[header.maxLeases] = options.maxLeases;
  table.f64[header.remember / 2] = options.rememberMs;
  const readClock = steadyClock(clock);
  let now = 0;
  const engine: Engine = createEngine(
    table,
    createKeys(options.keys[0] | 0, options.keys[1] | 0),
    options.rememberMs,
    () => (now = readClock()),
  );
  put(code.create, isShared ? 1 : 0, options.keys[0] >>> 0, options.keys[1] >>> 0);
  put(options.maxKeys, options.maxLeases, options.rememberMs);
  const known = new Map<Terms, number>();

  function learn(claims: readonly Claim[]): void {
    for (const { terms } of claims) {
      if (known.has(terms)) continue;
      known.set(terms, known.size);
      put(code.terms, algorithms.indexOf(terms.algorithm), expiries.indexOf(terms.onExpiry));
      put(terms.capacity, terms.windowMs, terms.precisionMs, terms.refill, terms.everyMs);
      putText(terms.scope);
    }
  }

  function putClaims(claims: readonly Claim[], at: number): void {
    put(claims.length);
    for (const { terms, subject, cost } of claims) {
      const end = terms.periodEndMs?.(at) ?? 0;
      put(known.get(terms)!, cost, end, terms.periodEndMs?.(end) ?? 0);
      putText(subject);
    }
  }

  function act<T>(claims: readonly Claim[], id: string | undefined, work: (now: number) => T): T {
    const at = enter(engine, claims, id);
    try {
      return work(at);
    } finally {
      leave(engine);
    }
  }

  /** Writes a call down with its answer, or its error. */
  function traced<T extends { readonly states: ArrayLike<number> }>(
    verb: number,
    claims: readonly Claim[],
    extras: () => void,
    call: () => T,
    answer: (outcome: T) => void,
  ): T {
    learn(claims);
    let outcome: T | undefined;
    let thrown: unknown;
    try {
      outcome = call();
    } catch (error) {
      thrown = error;
    }
    put(verb, now);
    putClaims(claims, now);
    extras();
    if (outcome === undefined) {
      const fault = isSluiceError(thrown) ? faults.indexOf(thrown.code) : -1;
      if (fault < 0) throw thrown;
      put(fault + 1);
      throw thrown;
    }
    put(0);
    answer(outcome);
    put(outcome.states.length === 0 ? 0 : 1);
    return outcome;
  }

  function putOutcome(claims: readonly Claim[]) {
    return ({ verdict, atMs, replayed, expired, states }: Outcome): void => {
      put(verdicts.indexOf(verdict), atMs, Number(replayed), expired);
      for (let at = 0; at < claims.length * 4; at++) put(states[at]!);
    };
  }

  function putCharge(claims: readonly Claim[]) {
    return ({ applied, atMs, expired, states }: ReturnType<SyncStore["extend"]>): void => {
      put(Number(applied), atMs, expired);
      if (!applied) return;
      for (let at = 0; at < claims.length * 2; at++) put(states[at]!);
    };
  }

  const putAmounts = (amounts: readonly (number | undefined)[], claims: readonly Claim[]): void => {
    for (const index of claims.keys()) put(amounts[index] ?? Number.NaN);
  };

  const store: SyncStore = {
    reserve: (claims, lease) =>
      traced(
        code.reserve,
        claims,
        () => {
          put(lease === undefined ? 0 : 1);
          if (lease === undefined) return;
          put(lease.expiresAfterMs, Number(lease.repeatable));
          putText(lease.id);
        },
        () => act(claims, lease?.id, (at) => decide(engine, claims, 0, lease, false, at)),
        putOutcome(claims),
      ),
    reserveMany(batch) {
      const read = engine.readClock();
      learn(batch.flat());
      const outcomes: Outcome[] = [];
      for (let start = 0; start < batch.length; start += batchSize) {
        const some = batch.slice(start, start + batchSize);
        put(code.reserveMany, read, some.length);
        for (const claims of some) putClaims(claims, read);
        let hashes = 0;
        for (const claims of some) {
          hashClaims(engine.keys, claims, hashes);
          hashes += claims.length;
        }
        const at = enterHashed(engine, hashes, 0, false, read);
        let from = 0;
        for (const claims of some) {
          const outcome = decide(engine, claims, from, undefined, false, at);
          putOutcome(claims)(outcome);
          outcomes.push({ ...outcome, states: Array.from(outcome.states) });
          from += claims.length;
        }
        leave(engine);
      }
      return outcomes;
    },
    peek: (claims) =>
      traced(
        code.peek,
        claims,
        () => {},
        () => act(claims, undefined, (at) => decide(engine, claims, 0, undefined, true, at)),
        putOutcome(claims),
      ),
    extend: (claims, extension) =>
      traced(
        code.extend,
        claims,
        () => {
          putText(extension.id);
          putAmounts(extension.amounts, claims);
        },
        () => act(claims, extension.id, (at) => extendLease(engine, claims, extension, at)),
        putCharge(claims),
      ),
    settle: (claims, settlement) =>
      traced(
        code.settle,
        claims,
        () => {
          putText(settlement.id);
          putAmounts(settlement.amounts, claims);
          put(["estimate", "nothing", "expiry"].indexOf(settlement.unreported));
        },
        () => act(claims, settlement.id, (at) => settleLease(engine, claims, settlement, at)),
        putCharge(claims),
      ),
    adjust: (claims, direction) =>
      traced(
        code.adjust,
        claims,
        () => put(direction === "charge" ? 0 : 1),
        () => act(claims, undefined, (at) => adjustCounts(engine, claims, direction, at)),
        putCharge(claims),
      ),
    block: (claims, forMs) =>
      traced(
        code.block,
        claims,
        () => put(forMs),
        () => act(claims, undefined, (at) => blockCounts(engine, claims, forMs, at)),
        putCharge(claims),
      ),
    reset: (claims) =>
      traced(
        code.reset,
        claims,
        () => {},
        () => act(claims, undefined, (at) => resetCounts(engine, claims, at)),
        putCharge(claims),
      ),
  };

  return {
    store,
    sweep(): void {
      const read = engine.readClock();
      for (let shard = 0; shard < shards; shard++) {
        include(engine.locked, shard);
        enterHashed(engine, 0, 0, false, read);
        sweepAll(engine.table, engine.sweep, shard);
        leave(engine);
      }
      put(code.sweep, read);
    },
    /** Of every byte of the table. */
    digest(): void {
      const { u32 } = engine.table;
      let [one, two] = [1, 2];
      for (let at = 0; at < u32.length; at++) {
        one = Math.imul(one ^ u32[at]!, 0x9e_37_79_b1);
        one = (one << 13) | (one >>> 19);
        two = Math.imul((two + one) | 0, 0x85_eb_ca_6b) ^ u32[at]!;
      }
      put(code.digest, u32.length, one >>> 0, two >>> 0);
    },
  };
}

const random = seededRandom(Number(seedText));
const episodeLength = 400;
const word = (): number => random.integer(0, 0xff_ff_ff_ff);

function playDrawn(length: number): void {
  const episode = drawEpisode(random, length);
  const clock = manualClock(episode.startMs);
  const traced = tracedStore(clock, {
    maxKeys: random.pick([2, 5, 9, 1_000_000]),
    maxLeases: random.pick([2, 5, 100_000]),
    rememberMs: episode.rememberMs,
    keys: [word(), word()],
  });
  const player = createPlayer(episode.limits.map(limitOf), traced.store, clock);
  for (const [step, operation] of episode.operations.entries()) {
    move(clock, operation, player.retryAtMs());
    player.play(operation, operation.kind === "update" ? operation.limits.map(limitOf) : []);
    if (random.oneIn(100)) traced.sweep();
    if (step % 100 === 99) traced.digest();
  }
  traced.digest();
}

function move(
  clock: ReturnType<typeof manualClock>,
  operation: Operation,
  retryAtMs: number,
): void {
  if (operation.kind === "time") clock.advance(operation.ms);
  if (operation.kind !== "retry") return;
  const ms = retryAtMs - operation.earlyMs - clock();
  if (ms > 0 && ms < 100 * 86_400_000) clock.advance(ms);
}

let done = 0;
const operations = Number(operationsText);
while (done < operations) {
  // As many of the operations on many keys, in longer episodes.
  if (random.oneIn(40)) {
    const clock = manualClock(random.pick([0, 1_000_000, 1_760_000_000_000]));
    const traced = tracedStore(clock, {
      maxKeys: random.pick([5, 100, 3_000, 1_000_000]),
      maxLeases: random.pick([3, 50, 100_000]),
      rememberMs: random.pick([1, 200, 600_000]),
      keys: [word(), word()],
    });
    done += drawMany(random, clock, traced, episodeLength * 40);
  } else {
    playDrawn(episodeLength);
    done += episodeLength;
  }
}
flush();
