import {
  checkOptions,
  type Duration,
  durationMs,
  failOption,
  memoryStore,
  type Store,
} from "@sluice/core";

import { boundedMap } from "../bounded-map.ts";
import type { KnownLimit } from "../pacing/limits.ts";
import { createPacer } from "../pacing/pacer.ts";
import { type ProviderRules, providerRules } from "../pacing/providers.ts";
import { systemTiming, type Timing } from "../timing.ts";
import { checkedClasses, type Classes, defaultClasses } from "./classes.ts";
import type { Lane, LaneState } from "./lane.ts";
import { openLane } from "./open-lane.ts";
import { createPlaces, type PlacesOptions } from "./places.ts";

/** Options of `createLanes()`. */
export interface LanesOptions {
  /** The most urgent first. Default: `interactive` with weight 8 and share 0.5, `batch` with weight 1. */
  readonly classes?: Classes;
  /** The most that wait in a lane. Default: 1,000. */
  readonly maxQueued?: number;
  /** Who has waited so long goes before another class's call that would be next by one call. Default: `"30s"`. */
  readonly aging?: Duration;
  /** A call that has not ended for so long holds its place no longer: whoever had it forgot to say. Default: `"15m"`. */
  readonly holdFor?: Duration;
  /** The part of the provider's limits that is used. Default: 0.95. */
  readonly utilization?: number;
  /** How many calls of a lane may be in flight. */
  readonly places?: PlacesOptions;
  /** Where the pace is counted: processes that share a store share one budget. Default: this process's memory. */
  readonly store?: Store;
  /** Limits of a lane that are known without any answer. Default: none. */
  readonly limits?: (key: LaneKey) => readonly KnownLimit[];
  /** What is known of how a provider counts, beside what is built in. */
  readonly provider?: (origin: string) => Partial<ProviderRules>;
  /** The most lanes kept; idle ones are forgotten first. Default: 1,000. */
  readonly maxLanes?: number;
  readonly timing?: Timing;
}

/** What shares a provider's limits. */
export interface LaneKey {
  readonly origin: string;
  /** Of the credentials: a hash; empty without. */
  readonly key: string;
  readonly model: string | undefined;
}

/** A lane for each key. */
export interface Lanes {
  lane(key: LaneKey): Lane;
  /** Of all lanes kept, by origin and model. */
  states(): readonly (LaneState & {
    readonly origin: string;
    readonly model: string | undefined;
  })[];
}

const names = [
  "classes",
  "maxQueued",
  "aging",
  "holdFor",
  "utilization",
  "places",
  "store",
  "limits",
  "provider",
  "maxLanes",
  "timing",
] as const;

/** Lanes, all by the same options. Throws `invalid-option`. */
export function createLanes(options: LanesOptions = {}): Lanes {
  checkOptions("queue", options, names);
  const { maxQueued = 1_000, maxLanes = 1_000, utilization = 0.95 } = options;
  const { timing = systemTiming, limits = () => [], provider = () => ({}) } = options;
  for (const [name, value] of Object.entries({ maxQueued, maxLanes })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      failOption(`queue: ${name}`, "an integer from 1", value);
    }
  }
  if (!(utilization > 0 && utilization <= 1)) {
    failOption("queue: utilization", "a number above 0, up to 1", utilization);
  }
  const classes = checkedClasses(options.classes ?? defaultClasses);
  const agingMs = durationMs(options.aging ?? "30s", "queue: aging");
  const holdMs = durationMs(options.holdFor ?? "15m", "queue: holdFor");
  const places = options.places ?? {};
  createPlaces(places);
  const store = options.store ?? memoryStore({ clock: () => timing.now() });
  const found = boundedMap<{ readonly key: LaneKey; readonly lane: Lane }>(
    maxLanes,
    (text) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as `lane` wrote it
      const [origin, key, model] = JSON.parse(text) as [string, string, string | null];
      const laneKey: LaneKey = { origin, key, model: model ?? undefined };
      const rules = providerRules(origin, provider(origin));
      const pacer = createPacer({
        timing,
        store,
        isShared: options.store !== undefined,
        name: nameOf(text),
        provider: rules,
        utilization,
        classes,
        limits: limits(laneKey),
      });
      const parts = { timing, classes, maxQueued, agingMs, holdMs, provider: rules, pacer };
      return { key: laneKey, lane: openLane({ ...parts, places: createPlaces(places) }) };
    },
    ({ lane }) => {
      const { queued, inFlight, pausedUntilMs } = lane.state();
      return queued === 0 && inFlight === 0 && pausedUntilMs === 0;
    },
  );
  // Most calls take the way of the one before.
  let latest: { readonly key: LaneKey; readonly lane: Lane } | undefined;
  return {
    lane({ origin, key, model }) {
      const last = latest?.key;
      if (last?.origin === origin && last.key === key && last.model === model) return latest!.lane;
      latest = found.for(JSON.stringify([origin, key, model ?? null]));
      return latest.lane;
    },
    states: () =>
      Array.from(found.values(), ({ key, lane }) => ({
        origin: key.origin,
        model: key.model,
        ...lane.state(),
      })),
  };
}

/** At most 256 characters, distinct for what is. */
function nameOf(text: string): string {
  if (text.length <= 256) return text;
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return `${text.slice(0, 200)}${hash.toString(16)}`;
}
