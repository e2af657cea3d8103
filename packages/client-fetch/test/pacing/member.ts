import { redisStore } from "@sluice/redis";
import { Redis } from "ioredis";

import { createLanes } from "../../src/queue/lanes.ts";

/** What a process is told. */
export interface Orders {
  readonly port: number;
  readonly callers: number;
  readonly perMinute: number;
  readonly stopMs: number;
}

// Sends as much as it may, and tells how many calls that were.
const { port, callers, perMinute, stopMs } = JSON.parse(process.argv[2]!) as Orders;
const redis = new Redis({ port });
const lanes = createLanes({
  store: redisStore(redis, { deadlineMs: 30_000 }),
  utilization: 1,
  limits: () => [{ unit: "requests", windowMs: 60_000, limit: perMinute }],
  provider: () => ({ requestsBurstMs: 0 }),
});
const lane = lanes.lane({ origin: "https://llm.example", key: "k", model: "m" });
await redis.ping();

process.once("message", () => void run());
process.send!("ready");

async function run(): Promise<void> {
  const untilMs = Date.now() + stopMs;
  let calls = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (;;) {
        const entered = await lane.enter({ class: "batch", tokens: 1, deadlineAtMs: untilMs });
        if (entered.shed !== undefined) return;
        calls += 1;
        entered.finish({ cause: "success" });
      }
    }),
  );
  await redis.quit();
  process.send!(calls, () => process.disconnect());
}
