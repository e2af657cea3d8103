import { afterAll, beforeAll, expect, it } from "vitest";

import { type RedisCluster, startCluster } from "../servers/cluster.ts";
import { type RedisServer, startRedis } from "../servers/redis-server.ts";
import { limit, type Race, type Racers, startRacers } from "./racers.ts";

let server: RedisServer;
let cluster: RedisCluster;
let racers: Racers;

beforeAll(async () => {
  [server, cluster] = await Promise.all([startRedis(), startCluster()]);
  racers = await startRacers(8, { single: server, nodes: cluster.nodes });
});
afterAll(async () => {
  racers?.[Symbol.dispose]();
  await Promise.all([server?.stop(), cluster?.stop()]);
});

// 50 runs of each: soak/races.ts.
it.each<Omit<Race, "checks" | "name" | "startMs"> & { readonly runs: number }>([
  { on: "single", slots: 1, how: "check", runs: 5 },
  { on: "single", slots: 1, how: "reserve", runs: 2 },
  { on: "cluster", slots: 1, how: "check", runs: 5 },
  { on: "cluster", slots: 1, how: "reserve", runs: 2 },
  { on: "cluster", slots: 2, how: "check", runs: 2 },
  { on: "cluster", slots: 2, how: "reserve", runs: 2 },
])(
  "admits exactly 100 of 1,000 that each of 8 processes asks for at once: $on, limits in $slots slots, by $how",
  async ({ runs, ...race }) => {
    for (let run = 0; run < runs; run++) {
      expect(await racers.race({ ...race, checks: 1_000 })).toBe(limit);
    }
  },
);
