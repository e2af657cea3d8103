import { slidingWindow } from "@sluice/core";
import { redisStore, type RedisStore } from "@sluice/redis";
import { Redis } from "ioredis";
import { expect, it } from "vitest";

import { lagMeter } from "../guard/lag.ts";
import { startLoad } from "../guard/load.ts";
import { startSentinelSet } from "../servers/sentinel.ts";
import { until } from "../servers/until.ts";

const capacity = 2_500;
const limit = slidingWindow({ name: "rpm", limit: capacity, window: "10m", per: [] });
const claims = [{ terms: limit.termsFor(), subject: "", cost: 1 }];
const perTurn = 5;
const processes = 2;

it.concurrent.each(["local", "refuse"] as const)(
  "split brain with min-replicas-to-write 1: both sides together grant no more than the bound, mode %s",
  async (failure) => {
    const args = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "1"];
    await using set = await startSentinelSet({ args });
    using lag = lagMeter();
    using connections = new DisposableStack();
    const { name, natMap } = set;
    const among = { name, sentinels: [...set.sentinels], sentinelRetryStrategy: () => 100 };
    // The one reaches the first primary for itself, the other as the sentinels and replicas do.
    const clients = [new Redis({ ...among, natMap }), new Redis({ ...among, socketTimeout: 500 })];
    const sides = clients.map((client) => {
      client.on("error", () => {});
      connections.defer(() => client.disconnect());
      const bounds: number[] = [];
      const store: RedisStore = redisStore(client, {
        deadlineMs: 200,
        failure,
        share: 1 / processes,
        observe: () => bounds.push(store.bound().perProcess),
      });
      return { client, store, bounds };
    });
    const [minority, majority] = sides.map(({ store }) => store);
    await Promise.all(sides.map(async ({ client }) => client.ping()));
    await until("the primary has its replicas", async () => {
      const { verdict, degraded } = await minority!.reserve(claims);
      return verdict === "allowed" && degraded === undefined ? true : undefined;
    });
    const loads = sides.map(({ store }) => startLoad(store, claims, perTurn, lag));
    const grantedBy = () => loads.map(({ report }) => report.granted);
    const granted = (): number => 1 + grantedBy().reduce((sum, units) => sum + units, 0);
    await pause(500);

    const [first] = set.servers;
    set.network.drop();
    const next = await set.successorOf(first!);
    await until("the parted primary takes no more writes", async () =>
      minority!.health().state === "degraded" ? true : undefined,
    );
    await until("the other side has its new primary", async () =>
      majority!.health().state === "exact" ? true : undefined,
    );
    await pause(1_000);
    // Nobody answers late: the primary itself will not go on.
    const { state, lastError } = minority!.health();
    expect([state, String(lastError)]).toEqual(["degraded", expect.stringContaining("NOREPLICAS")]);
    const parted = [...grantedBy(), await usedOn(next)];

    await set.network.restore();
    await until("all decide exactly again", async () =>
      sides.every(({ store }) => store.health().state === "exact" && !store.health().isOwed)
        ? true
        : undefined,
    );
    let last = -1;
    await until("nothing more is granted", async () => {
      const isOver = last === granted();
      last = granted();
      await pause(500);
      return isOver ? true : undefined;
    });
    await Promise.all(loads.map(async (load) => load.stop()));
    expect(loads.flatMap(({ report }) => report.errors)).toEqual([]);
    // As `bound()` says it: capacity × (processes × perProcess + once) above the capacity.
    const perProcess = Math.max(0, ...sides.flatMap(({ bounds }) => bounds));
    const bound = capacity * (1 + processes * perProcess + minority!.bound().once);
    process.stdout.write(
      `split brain, ${failure}: ${granted()} granted of ${capacity}, bound ${bound}; when they met again ` +
        `${parted[0]} by the one side, ${parted[1]} by the other, ${parted[2]} known to its primary\n`,
    );
    expect(granted()).toBeGreaterThanOrEqual(capacity);
    expect(granted()).toBeLessThanOrEqual(bound);
    // What was granted on either side is charged where both ask now.
    expect(await usedOn(next)).toBeGreaterThanOrEqual(capacity);
  },
);

/** What one server has charged. */
async function usedOn({ port, host }: { readonly port: number; readonly host: string }) {
  using connections = new DisposableStack();
  const client = new Redis(port, host);
  connections.defer(() => client.disconnect());
  const store = redisStore(client, { deadlineMs: 30_000 });
  return (await store.peek([{ ...claims[0]!, cost: 0 }])).states[0]!;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
