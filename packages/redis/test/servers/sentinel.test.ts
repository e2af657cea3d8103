import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";

import { ask } from "./ask.ts";
import { type SentinelSet, startSentinelSet } from "./sentinel.ts";

const timeout = 30_000;

it("fails over, and loses what has been acknowledged but not replicated", { timeout }, async () => {
  await using set = await startSentinelSet({ lagMs: 200 });
  const client = connected(set);
  expect(await set.primary()).toBe(set.servers[0]);
  await client.set("early", "1");
  await client.wait(2, 5_000);
  expect(await client.set("late", "1")).toBe("OK");
  const next = await set.failOver();
  expect(set.servers.slice(1)).toContain(next);
  expect(await client.mget("early", "late")).toEqual(["1", null]);
});

it("names another primary while the parted one still takes writes", { timeout }, async () => {
  await using set = await startSentinelSet();
  const [first] = set.servers;
  const minority = connected(set);
  await minority.set("x", "before");
  set.network.drop();
  const next = await set.successorOf(first!);
  const majority = connected(set);
  await majority.set("x", "majority");
  expect(await minority.set("x", "minority")).toBe("OK");
  expect([await ask(first!, "GET", "x"), await ask(next, "GET", "x")]).toEqual([
    "minority",
    "majority",
  ]);
});

function connected({ name, sentinels, natMap }: SentinelSet): Redis {
  const client = new Redis({ name, sentinels: [...sentinels], natMap });
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  return client;
}
