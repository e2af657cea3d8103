import { Worker, isMainThread, workerData } from "node:worker_threads";

import { createLimiter, memoryStore, slidingWindow } from "@sluice/core";

const store = memoryStore({ shared: isMainThread || workerData });
const limits = [slidingWindow({ name: "rpm", limit: 100, window: "1m", per: ["user"] })];
const limiter = createLimiter({ limits, store });

if (isMainThread) {
  const file = new URL(import.meta.url);
  const workers = [1, 2].map(() => new Worker(file, { workerData: store.buffer }));
  await Promise.all(
    workers.map(async (worker) => new Promise((done) => worker.once("exit", done))),
  );
  console.log(limiter.peek({ user: "ada" }).limits[0]?.used); // 100, of the 160 that they asked for
} else {
  for (let request = 0; request < 80; request++) limiter.check({ user: "ada" });
}
