import { Cluster } from "ioredis";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

import { ask } from "./ask.ts";
import { type RedisCluster, startCluster } from "./cluster.ts";

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => cluster.stop());

it("serves every slot, by three masters with a replica each", async () => {
  const client = connected();
  const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
  expect(await Promise.all(keys.map(async (key) => client.set(key, key)))).not.toContain(null);
  const owners = await Promise.all(keys.map(async (key) => cluster.ownerOf(key)));
  expect(new Set(owners)).toEqual(new Set(cluster.servers.slice(0, 3)));
  const replicas = cluster.servers.slice(3).map(async (at) => ask(at, "INFO", "replication"));
  for (const info of await Promise.all(replicas)) expect(info).toContain("role:slave");
});

it("moves a slot under writes, none of which is lost", async () => {
  const client = connected();
  const keys = Array.from({ length: 200 }, (_, index) => `{busy}:${index}`);
  const counts = new Map(keys.map((key) => [key, 0]));
  const moved = new AbortController();
  const writeAll = async (): Promise<void> => {
    for (let at = 0; !moved.signal.aborted; at = (at + 1) % keys.length) {
      const key = keys[at]!;
      const count = counts.get(key)! + 1;
      counts.set(key, count);
      expect(await client.incr(key)).toBe(count);
    }
  };
  await Promise.all(keys.map(async (key) => client.set(key, 0)));
  const slot = await cluster.slotOf(keys[0]!);
  const from = await cluster.ownerOf(keys[0]!);
  const to = cluster.servers.slice(0, 3).find((server) => server !== from)!;
  const writing = writeAll();
  const told = new Set<unknown>();
  await cluster.moveSlot(slot, from, to, {
    async between() {
      told.add(await ask(from, "GET", keys[0]!).catch((error: unknown) => String(error)));
    },
  });
  moved.abort();
  await writing;
  expect([...told].at(-1)).toContain(`ASK ${slot} 127.0.0.1:${to.port}`);
  expect(await cluster.ownerOf(keys[0]!)).toBe(to);
  const values = await Promise.all(keys.map(async (key) => client.get(key)));
  expect(values.map(Number)).toEqual([...counts.values()]);
  expect(await ask(from, "CLUSTER", "COUNTKEYSINSLOT", slot)).toBe(0);
});

it("has a replica promoted for a killed master, which comes back as a replica", async () => {
  const client = connected();
  await client.set("kept", "1");
  const owner = await cluster.ownerOf("kept");
  await ask(owner, "WAIT", 1, 900);
  const promoted = await cluster.failOver(owner);
  expect(promoted).not.toBe(owner);
  expect(await cluster.ownerOf("kept")).toBe(promoted);
  expect(await client.get("kept")).toBe("1");
  await owner.restart();
  await cluster.settled();
  expect(await ask(owner, "INFO", "replication")).toContain("role:slave");
});

function connected(): Cluster {
  const client = new Cluster([...cluster.nodes]);
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  return client;
}
