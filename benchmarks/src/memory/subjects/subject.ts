import type { Clock } from "@sluice/core";

import type { Loop } from "../../loop.ts";

/** What limits are opened with: `limit` requests a minute for each key. */
export interface Opening {
  readonly limit: number;
  /** How many keys there will be. */
  readonly keys: number;
  /** Default: `Date.now`. A subject that cannot be told the time ignores it. */
  readonly clock?: Clock;
  /** Whether requests cost what the loop says, of which `limit` are allowed then. Default: one each. */
  readonly weighs?: boolean;
}

/** Limits of a subject, empty at first. */
interface Opened {
  readonly loop: Loop;
  /** What it has in buffers, where it can tell: V8 does not count all that grow. */
  bytes?(): number;
  /** Stops its timers. */
  close(): void;
}

/** Something that limits, called at the level of one decision for one key. */
export interface Subject {
  /** `sluice-memory`, or the name of a package. */
  readonly name: string;
  /** What an answer of it means: a fast wrong answer is not a win. */
  readonly promise: string;
  /** Whether requests can cost different amounts. Default: they cannot. */
  readonly weighs?: boolean;
  /** It is so slow that it is asked only so often, for one key alone. Default: it is not. */
  readonly mostCalls?: number;
  open(opening: Opening): Opened;
}
