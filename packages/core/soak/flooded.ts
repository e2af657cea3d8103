import { createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";

/** How large a flood is. */
export interface FloodSizes {
  readonly maxKeys: number;
  /** Keys that come once each, over all rounds. */
  readonly fresh: number;
  /** As many keys are refusing, as many blocked, and as many leased. */
  readonly watched: number;
  readonly rounds: number;
  /** Checks of known keys in each round. */
  readonly calm: number;
  /** Each check is done in so many tables: the shortest time is what it takes, where the machine interrupts none of them. */
  readonly tables: number;
  /** Tells the time in milliseconds, finely. */
  readonly readMs: () => number;
}

/** What a flood did. */
export interface FloodReport {
  /** Of the full table before the first fresh key, and after the last. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly mostKeys: number;
  /** Of the fresh keys, how many there was no room for. */
  readonly turnedAway: number;
  /** Keys that should have been refused or charged, and were not. */
  readonly forgotten: readonly string[];
  /** The time that 99.9 % of checks took at most, in microseconds; of the rounds, the median. */
  readonly calmUs: number;
  readonly floodedUs: number;
  /** The same with all that interrupted them. */
  readonly interrupted: { readonly calmUs: number; readonly floodedUs: number };
}

const limits = [
  slidingWindow({
    name: "requests",
    limit: 1_000,
    window: "1h",
    precisionMs: 60_000,
    per: ["user"],
  }),
];

/** Nothing leaves within the flood, so that there is no room but what is taken from others. */
const checksPerMs = 10_000;

/** A full table: a tenth of it in earnest use, more than half full, so that it stays. */
function createFull({ maxKeys, watched }: FloodSizes) {
  const clock = manualClock();
  const store = memoryStore({ clock, maxKeys, maxLeases: watched });
  const limiter = createLimiter({ limits, store });
  for (let index = 0; index < watched; index++) {
    limiter.penalize({ user: `refusing-${index}` }, { requests: 1_000 });
    limiter.block({ user: `blocked-${index}` }, "1h");
    limiter.reserve({ user: `leased-${index}` }, { requests: 7 }, { deadline: "1h" });
  }
  for (let index = 0; index < maxKeys / 10; index++) {
    limiter.check({ user: `known-${index}` }, { requests: 600 });
  }
  for (let index = 0; store.size().keys < maxKeys; index++) limiter.check({ user: `${index}` });
  return { clock, store, limiter };
}

/** Floods a full table with fresh keys, in rounds, and after each checks known keys in peace. */
export function flood(sizes: FloodSizes): FloodReport {
  const { maxKeys, fresh, watched, rounds, calm, tables, readMs } = sizes;
  const worlds = Array.from({ length: tables }, () => createFull(sizes));
  const { limiter, store } = worlds[0]!;
  const bytesBefore = store.size().bytes;
  let mostKeys = 0;
  let turnedAway = 0;
  let calls = 0;
  const times = Array.from({ length: tables }, () => 0);
  function time(user: string): void {
    calls++;
    for (const [index, world] of worlds.entries()) {
      if (calls % checksPerMs === 0) world.clock.advance(1);
      const startMs = readMs();
      const { allowed } = world.limiter.check({ user });
      times[index] = readMs() - startMs;
      if (!allowed) turnedAway++;
      mostKeys = Math.max(mostKeys, world.store.size().keys);
    }
  }
  /** The time that 99.9 % of `count` checks took at most: of the shortest of each, and of the first. */
  function highest(count: number, userAt: (index: number) => string): readonly [number, number] {
    const shortest = new Float64Array(count);
    const first = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      time(userAt(index));
      shortest[index] = Math.min(...times);
      first[index] = times[0]!;
    }
    const place = Math.floor(count * 0.999);
    return [shortest.toSorted()[place]!, first.toSorted()[place]!];
  }

  const perRound = Math.ceil(fresh / rounds);
  const known = Math.ceil(maxKeys / 10);
  const flooded: (readonly [number, number])[] = [];
  const calmly: (readonly [number, number])[] = [];
  for (let round = 0; round < rounds; round++) {
    flooded.push(highest(perRound, (index) => `fresh-${round * perRound + index}`));
    // Far apart, as they come in earnest: neighbours would still be in the processor's cache.
    calmly.push(highest(calm, (index) => `known-${(index * 7_919) % known}`));
  }
  const forgotten = Array.from({ length: watched }, (_, index) => {
    const refusing = limiter.peek({ user: `refusing-${index}` });
    const blocked = limiter.peek({ user: `blocked-${index}` });
    const leased = limiter.peek({ user: `leased-${index}` });
    return [
      ...(refusing.limits[0]?.used === 1_000 && !refusing.allowed ? [] : [`refusing-${index}`]),
      ...(blocked.limits[0]?.blockedForMs === 0 || blocked.allowed ? [`blocked-${index}`] : []),
      ...(leased.limits[0]?.used === 7 ? [] : [`leased-${index}`]),
    ];
  }).flat();
  return {
    bytesBefore,
    bytesAfter: store.size().bytes,
    mostKeys,
    turnedAway,
    forgotten,
    calmUs: usOf(calmly, 0),
    floodedUs: usOf(flooded, 0),
    interrupted: { calmUs: usOf(calmly, 1), floodedUs: usOf(flooded, 1) },
  };
}

/** Of a table of so many keys, each charged in one slot, and leases that are few: what it takes at most. */
export function mostBytes(maxKeys: number): number {
  // Pages at their emptiest after long use, and the megabytes that it grows by.
  return maxKeys * 160 + 5 * 2 ** 20;
}

function usOf(highs: readonly (readonly [number, number])[], which: 0 | 1): number {
  return median(highs.map((high) => high[which])) * 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
