import type { Redis } from "ioredis";

/** What limits are opened with. */
export interface Opening {
  /** Connected, with ioredis's own defaults. */
  readonly client: Redis;
  /** Units a minute for each key. */
  readonly limit: number;
}

/** Limits of a subject. */
export interface Opened {
  /** Whether `key` may spend `cost`, 1 or more of which only those make use that weigh. */
  decide(key: string, cost: number): Promise<boolean>;
  /** Why it decided without the server, if it ever did: what was measured is then of no use. Default: it never does. */
  failure?(): unknown;
  /** Stops its timers. */
  close?(): void | Promise<void>;
}

/** Something that limits over a Redis server, called at the level of one decision for one key. */
export interface Subject {
  /** `sluice-redis`, the name of a package, or of an algorithm. */
  readonly name: string;
  /** What an answer of it means: a fast wrong answer is not a win. */
  readonly promise: string;
  open(opening: Opening): Opened;
}
