import { parentPort, workerData } from "node:worker_threads";

import { createLimiter, memoryStore } from "@sluice/core";

import { type Done, shelf, type Task } from "./limits.ts";

const { buffer, gate }: { buffer: SharedArrayBuffer; gate: Int32Array } = workerData;
const store = memoryStore({ clock: () => 1_000_000, shared: buffer });

parentPort!.on("message", (task: Task) => {
  const opened = Atomics.load(gate, 0);
  // All begin at once.
  tell("ready");
  Atomics.wait(gate, 0, opened);
  tell(doTask(task));
});

function tell(message: "ready" | Done): void {
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort!.postMessage(message);
}

function doTask({ on, user, verb, times = 1, fresh = false, id }: Task): Done {
  const limiter = createLimiter({ limits: shelf[on], store });
  const cost = on === "leased" ? { tokens: 10, inflight: 1 } : { requests: 1 };
  let allowed = 0;
  let mostKeys = 0;
  let replayed = false;
  if (verb === "block") limiter.block({ user }, "1h");
  else if (verb === "reset") limiter.reset({ user });
  else if (verb === "settle" && id !== undefined) {
    const reservation = limiter.reserve({ user }, cost, { id });
    if (reservation.allowed) {
      ({ replayed } = reservation);
      if (reservation.lease.settle({ tokens: 3 }).applied) allowed++;
    }
  } else if (verb === "check") {
    for (let count = 0; count < times; count++) {
      const name = fresh ? `${user}-${count}` : user;
      if (limiter.check({ user: name }, cost).allowed) allowed++;
      if (fresh) mostKeys = Math.max(mostKeys, store.size().keys);
    }
  }
  const last = limiter.peek({ user }, cost);
  const reason = last.allowed ? undefined : last.reason;
  return { allowed, reason, used: last.limits.map((state) => state.used), replayed, mostKeys };
}
