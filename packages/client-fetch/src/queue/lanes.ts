import { boundedMap } from "../bounded-map.ts";
import { systemTiming, type Timing } from "../timing.ts";
import type { Lane } from "./lane.ts";

/** Options of `createLanes()`. */
export interface LanesOptions {
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
}

/** Lanes. */
export function createLanes(options: LanesOptions = {}): Lanes {
  const { timing = systemTiming } = options;
  const lanes = boundedMap(1_000, () => openLane(timing));
  return { lane: ({ origin, key, model = "" }) => lanes.for(`${origin} ${key} ${model}`) };
}

function openLane(_timing: Timing): Lane {
  let inFlight = 0;
  return {
    enter({ signal }) {
      signal?.throwIfAborted();
      inFlight += 1;
      return {
        shed: undefined,
        waitedMs: 0,
        learn() {},
        firstToken() {},
        finish: () => void (inFlight -= 1),
      };
    },
    state: () => ({
      queued: 0,
      queuedBy: {},
      inFlight,
      places: Infinity,
      gatedUntilMs: 0,
      requestsPerMinute: undefined,
      tokensPerMinute: undefined,
    }),
  };
}
