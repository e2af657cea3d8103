import { setTimeout as sleep } from "node:timers/promises";

import { createLimiter, slidingWindow } from "@sluice/core";
import { redisStore } from "@sluice/redis";
import { Cluster, Redis } from "ioredis";

import { limit, type Places, type Race } from "./racers.ts";

// One process of several that race: asks for far more than there is, and tells how much of it it was given.
const { single, nodes }: Places = JSON.parse(process.argv[2]!);
const clients = {
  single: new Redis(single.port, single.host),
  cluster: new Cluster([...nodes]),
};
const options = { deadlineMs: 60_000, failure: "refuse" } as const;
const stores = {
  single: redisStore(clients.single, options),
  cluster: redisStore(clients.cluster, options),
};
const forTenant = slidingWindow({ name: "tenant", limit, window: "1h", per: ["tenant"] });
const forRegion = slidingWindow({
  name: "region",
  limit: 2 * limit,
  window: "1h",
  per: ["region"],
});

async function run({ on, slots, how, checks, name, startMs }: Race): Promise<number> {
  const limits = slots === 1 ? [forTenant] : [forTenant, forRegion];
  const limiter = createLimiter({ limits, store: stores[on] });
  const subject = { tenant: `tenant-${name}`, region: `region-${name}` };
  // The clock that all processes of a machine share.
  await sleep(Math.max(0, startMs - Number(process.hrtime.bigint()) / 1e6));
  const asked = Array.from({ length: checks }, () => limiter[how](subject));
  const decisions = await Promise.all(asked);
  if (decisions.some(({ degraded }) => degraded !== undefined)) throw new Error("not exact");
  return decisions.filter(({ allowed }) => allowed).length;
}

await Promise.all(Object.values(clients).map((client) => client.ping()));
process.on("disconnect", () => process.exit());
process.on("message", (race: Race) => {
  void run(race).then((allowed) => process.send?.(allowed));
});
process.send?.("ready");
