import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import {
  createLimiter,
  type Decision,
  type Limit,
  type Limiter,
  slidingWindow,
} from "@sluice/core";
import type { AsyncStore } from "@sluice/core";
import { Cluster } from "ioredis";
import { expect, it, onTestFinished } from "vitest";

import { scriptRunner } from "../../src/client.ts";
import { ask } from "../servers/ask.ts";
import { startFaultProxy } from "../servers/fault-proxy.ts";
import type { RedisServer } from "../servers/redis-server.ts";
import { withCluster } from "./cluster-world.ts";
import { limitsOfCrash } from "./crash-limits.ts";
import { slotStore } from "./slot-store.ts";

const world = withCluster();
const execute = promisify(execFile);

/** Everybody's count lies in slot 1,320; that of the tenant `foo` in slot 12,182, on another node. */
const subject = { tenant: "foo" };
const limitsOf = (limit: number): readonly Limit[] => [
  slidingWindow({ name: "all", limit, window: "1h", per: [] }),
  slidingWindow({ name: "tenant", limit, window: "1h", per: ["tenant"] }),
];

// Of a check all counts as admitted. A lease's requests are spent, its tokens were not used, and nothing is in flight.
it.each([
  ["check", [1, 50, 0, 0], [1, 50, 0, 0]],
  ["reserve", [1, 50, 1, 0], [1, 0, 0, 0]],
])("leaks nothing when a process is killed in the middle of a %s", async (verb, before, after) => {
  const child = fileURLToPath(new URL("dies-between.ts", import.meta.url));
  const prefix = `killed-${verb}:`;
  const args = [child, JSON.stringify(world.cluster.nodes), prefix, verb];
  await expect(execute(process.execPath, args)).rejects.toMatchObject({ signal: "SIGKILL" });
  const limiter = limiterOf(world.client, prefix, limitsOfCrash);
  const seen = async (): Promise<number[]> => used(await limiter.peek(subject, { tokens: 0 }));
  expect(await seen()).toEqual(before);
  await expect.poll(seen).toEqual(after);
});

it("charges once what the client sends again because the answer was lost", async () => {
  const { client, loseAnswer } = await behindProxy({});
  const limiter = limiterOf(client, "again:", limitsOf(10));
  await limiter.check(subject);
  loseAnswer();
  expect(used(await limiter.check(subject))).toEqual([2, 2]);
  expect(used(await limiter.peek(subject))).toEqual([2, 2]);
});

it("gives everything back when the second slot's answer is lost for good", async () => {
  const { client, loseAnswer } = await behindProxy({ retryDelayOnFailover: 0 });
  const limiter = limiterOf(client, "lost:", limitsOf(10));
  await limiter.check(subject);
  loseAnswer();
  await expect(limiter.check(subject)).rejects.toThrow("Connection is closed.");
  const seen = limiterOf(world.client, "lost:", limitsOf(10));
  await expect.poll(async () => used(await seen.peek(subject))).toEqual([1, 1]);
  loseAnswer();
  await expect(limiter.reserve(subject, {}, { deadline: "1h" })).rejects.toThrow(
    "Connection is closed.",
  );
  await expect.poll(async () => used(await seen.peek(subject))).toEqual([1, 1]);
});

it("keeps the parts of a caller's id whose answer is lost for when it comes again", async () => {
  const { client, loseAnswer } = await behindProxy({ retryDelayOnFailover: 0 });
  const limiter = limiterOf(client, "kept:", limitsOf(1));
  const again = (): Promise<Decision> => limiter.reserve(subject, {}, { id: "request-1" });
  await limiter.peek(subject);
  loseAnswer();
  await expect(again()).rejects.toThrow("Connection is closed.");
  await expect.poll(async () => again().catch(() => {})).toMatchObject({ allowed: true });
  expect(used(await limiter.peek(subject))).toEqual([1, 1]);
});

it.each([
  ["two limits whose slots move", limitsOf(600), ["{foo}", "{*}", "{foo}"]],
  ["one limit whose slot moves", limitsOf(600).slice(1), ["{foo}", "{foo}"]],
])("loses no decision and no count of %s under load", async (name, limits, keys) => {
  const limiters = Array.from({ length: 4 }, () => limiterOf(world.connect(), `${name}:`, limits));
  // What every client has seen first is that the slot is where it was.
  await Promise.all(limiters.map((limiter) => limiter.peek(subject)));
  const decisions: Decision[] = [];
  const errors: unknown[] = [];
  const moved = new AbortController();
  const keepAsking = async (limiter: Limiter<AsyncStore>): Promise<void> => {
    while (!moved.signal.aborted) {
      await limiter.check(subject).then(
        (decision) => decisions.push(decision),
        (error: unknown) => errors.push(error),
      );
    }
  };
  const asking = limiters.flatMap((limiter) =>
    Array.from({ length: 8 }, () => keepAsking(limiter)),
  );
  for (const key of keys) {
    const from = await world.cluster.ownerOf(key);
    const to = masters().find((master) => master !== from)!;
    const slot = await world.cluster.slotOf(key);
    await world.cluster.moveSlot(slot, from, to, { between: () => pause(1) });
    await pause(50);
  }
  const rest = limiters.map((limiter) =>
    limiter.checkMany(Array.from({ length: 200 }, () => ({ subject }))),
  );
  moved.abort();
  await Promise.all(asking);
  decisions.push(...(await Promise.all(rest)).flat());
  expect(errors).toEqual([]);
  expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(600);
  expect(decisions.length).toBeGreaterThan(1_000);
  expect(used(await limiters[0]!.peek(subject))).toEqual(limits.map(() => 600));
});

it("goes on after a fail-over, to a node that knows no script: NOSCRIPT after fail-over", async () => {
  await world.cluster.settled();
  const limiter = limiterOf(world.connect(), "failed-over:", limitsOf(1_000_000));
  await limiter.check(subject);
  const owner = await world.cluster.ownerOf("{foo}");
  await ask(owner, "WAIT", 1, 900);
  const failedOver = new AbortController();
  let allowed = 1;
  const keepAsking = async (): Promise<void> => {
    while (!failedOver.signal.aborted) {
      const isAllowed = await limiter.check(subject).then(
        (decision) => decision.allowed,
        () => false,
      );
      if (isAllowed) allowed++;
    }
  };
  const asking = Array.from({ length: 8 }, keepAsking);
  const promoted = await world.cluster.failOver(owner);
  const info = (): Promise<unknown> => ask(promoted, "INFO", "commandstats");
  await expect.poll(info).toMatch(/cmdstat_eval:calls=/);
  failedOver.abort();
  await Promise.all(asking);
  const counts = used(await limiter.check(subject));
  // Of what was charged last, before the owner died, the replica may not have heard.
  expect(counts[0]).toBeGreaterThan(allowed - 8);
  expect(counts[1]).toBeGreaterThan(0.5 * allowed);
  const after = await Promise.all(Array.from({ length: 50 }, () => limiter.check(subject)));
  expect(after.every((decision) => decision.allowed)).toBe(true);
});

function limiterOf(client: Cluster, prefix: string, limits: readonly Limit[]): Limiter<AsyncStore> {
  return createLimiter({ limits, store: slotStore(scriptRunner(client), { prefix }) });
}

function used({ limits }: Decision): number[] {
  return limits.map((state) => state.used);
}

function masters(): readonly RedisServer[] {
  return world.cluster.servers.slice(0, 3);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface BehindProxy {
  readonly client: Cluster;
  /** The node of `foo` does the next thing that it is asked, and its answer does not arrive. */
  readonly loseAnswer: () => void;
}

/** A client that reaches the node of `foo` through a proxy. */
async function behindProxy(options: {
  readonly retryDelayOnFailover?: number;
}): Promise<BehindProxy> {
  const { host, port } = await world.cluster.ownerOf("{foo}");
  const proxy = await startFaultProxy({ host, port });
  const natMap = { [`${host}:${port}`]: { host: proxy.host, port: proxy.port } };
  const client = new Cluster([...world.cluster.nodes], { ...options, natMap });
  client.on("error", () => {});
  onTestFinished(async () => {
    client.disconnect();
    await proxy.close();
  });
  return { client, loseAnswer: () => proxy.cutReply(0) };
}
