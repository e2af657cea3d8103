import { flushCompileCache } from "node:module";
import { setTimeout } from "node:timers/promises";

import { createLimiter, slidingWindow } from "@sluice/core";
import { Redis } from "ioredis";

import { type Lent, leasedStore } from "../stores.ts";

/** What one process of a fleet is to do. */
export interface Member {
  readonly port: number;
  readonly limit: number;
  readonly windowMs: number;
  readonly lent: Lent;
  readonly perSecond: number;
  readonly durationMs: number;
}

/** What came of it. */
export interface Reported {
  readonly decisions: number;
  /** Made before anything could have come from the server. */
  readonly local: number;
  /** By the store's time. */
  readonly grantedAtMs: readonly number[];
}

const { port, limit, windowMs, lent, perSecond, durationMs }: Member = JSON.parse(process.argv[2]!);
const client = new Redis(port, "127.0.0.1");
await client.ping();
const { store, failure } = leasedStore(client, "hot", lent);
const limiter = createLimiter({
  limits: [slidingWindow({ name: "hot", limit, window: windowMs, per: [] })],
  store,
});

let decisions = 0;
let local = 0;
const grantedAtMs: number[] = [];

async function ask(turn: { readonly isOver: boolean }): Promise<void> {
  const decision = await limiter.check({});
  decisions++;
  if (!turn.isOver) local++;
  if (decision.allowed) grantedAtMs.push(decision.atMs);
}

async function run(): Promise<void> {
  const startMs = performance.now();
  const open: Promise<void>[] = [];
  let asked = 0;
  for (let nowMs = startMs; nowMs - startMs < durationMs; nowMs = performance.now()) {
    const due = Math.floor(((nowMs - startMs) / 1_000) * perSecond);
    const turn = { isOver: false };
    // Promises that need nothing from outside are kept before this is called.
    setImmediate(() => (turn.isOver = true));
    for (; asked < due; asked++) open.push(ask(turn));
    await setTimeout(2);
  }
  await Promise.all(open);
  if (failure() !== undefined) throw new Error("decided without the server", { cause: failure() });
  const report: Reported = { decisions, local, grantedAtMs };
  process.send!(report);
}

process.once("message", () => void run());
// It is killed in the end, and would write nothing then.
flushCompileCache();
process.send!("ready");
