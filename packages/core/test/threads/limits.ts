import { concurrency, type Limit, slidingWindow } from "@sluice/core";

const per = ["user"];

/** How many of a raced key are admitted. */
export const racedLimit = 1_000;
/** What the tightest of three limits admits of them all. */
export const tightLimit = 700;

type Shelf = "one" | "many" | "half" | "three" | "leased";

/** The limits that threads share, by name. */
export const shelf: Readonly<Record<Shelf, readonly Limit[]>> = {
  one: [slidingWindow({ name: "one", limit: racedLimit, window: "1h", per })],
  many: [slidingWindow({ name: "many", limit: 1_000_000, window: "1h", per })],
  half: [slidingWindow({ name: "half", limit: 10, window: "1h", per })],
  three: [
    slidingWindow({ name: "first", limit: 5_000, window: "1h", per }),
    slidingWindow({ name: "second", limit: tightLimit, window: "1h", per }),
    slidingWindow({ name: "third", limit: 6_000, window: "1h", per: [] }),
  ],
  leased: [
    slidingWindow({ name: "tokens", limit: 1_000, window: "1h", unit: "tokens", per }),
    concurrency({ name: "inflight", limit: 1, per }),
  ],
};

/** What a thread is asked to do to `user`, of the limits of a shelf. */
export interface Task {
  readonly on: Shelf;
  readonly user: string;
  readonly verb: "check" | "peek" | "settle" | "block" | "reset";
  /** Of checks, how many; each of its own key if `fresh`, with the number behind the name. */
  readonly times?: number;
  readonly fresh?: boolean;
  /** Of a lease, what it is known by. */
  readonly id?: string;
}

/** What came of it. */
export interface Done {
  readonly allowed: number;
  readonly reason: string | undefined;
  readonly used: readonly number[];
  readonly replayed: boolean;
  /** The most counts that the thread saw in the table. */
  readonly mostKeys: number;
}
