import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";

import { ask } from "../servers/ask.ts";
import { startRedis } from "../servers/redis-server.ts";
import { until } from "../servers/until.ts";
import { processOf, type Process } from "./redis-world.ts";
import { claim, inflight, pause, rpm, tpm } from "./world.ts";

const request = { id: "mine", expiresAfterMs: 60_000, repeatable: true };
const all = (cost: number) => [claim(rpm, 1), claim(tpm, cost), claim(inflight, 1)];

async function usedOf({ replayed }: Process): Promise<number[]> {
  const { states } = await replayed.peek(all(0));
  return [states[0]!, states[4]!, states[8]!];
}

async function restored(process: Process): Promise<void> {
  await until("the loss is seen", async () =>
    process.events.some(({ kind }) => kind === "state-loss") ? true : undefined,
  );
  await process.replayed.restored();
}

describe("a server that is flushed", () => {
  it("is told again what it granted: checks, live leases, settled ones, adjustments and blocks", async () => {
    await using server = await startRedis();
    using process = processOf(server);
    const { replayed } = process;
    await replayed.reserve([claim(rpm, 1), claim(tpm, 5)]);
    await replayed.reserve(all(40), request);
    await replayed.extend(all(40), { id: "mine", amounts: [undefined, 45, undefined] });
    const other = { ...request, id: "other" };
    await replayed.reserve(all(10), other);
    await replayed.settle(all(10), {
      id: "other",
      amounts: [undefined, 7, undefined],
      unreported: "estimate",
    });
    await replayed.adjust([claim(tpm, 3)], "charge");
    await replayed.adjust([claim(tpm, 1)], "refund");
    await replayed.beat();
    expect(await usedOf(process)).toEqual([3, 59, 1]);
    await ask(server, "FLUSHALL");
    await restored(process);
    expect(await usedOf(process)).toEqual([3, 59, 1]);
    expect(process.events).toEqual([{ kind: "state-loss", isWhole: true, counts: 2, leases: 2 }]);
    // Both ids are known, the settled one too.
    expect(await replayed.reserve(all(40), request)).toMatchObject({ replayed: true });
    expect(await replayed.reserve(all(10), other)).toMatchObject({ replayed: true });
    expect(await usedOf(process)).toEqual([3, 59, 1]);
    await replayed.block([claim(rpm, 0)], 60_000);
    await ask(server, "FLUSHALL");
    await until("the block is back", async () => {
      const { verdict } = await replayed.peek([claim(rpm, 1)]);
      return verdict === "blocked" ? true : undefined;
    });
  });

  it("hears from each process what that was granted, and from none twice", async () => {
    await using server = await startRedis();
    using one = processOf(server);
    using two = processOf(server);
    await one.replayed.reserve([claim(tpm, 30)]);
    await two.replayed.reserve([claim(tpm, 20)]);
    await Promise.all([one.replayed.beat(), two.replayed.beat()]);
    await ask(server, "FLUSHALL");
    await Promise.all([restored(one), restored(two)]);
    await pause(500);
    expect((await usedOf(one))[1]).toBe(50);
  });

  it("gives nothing out of a budget that is spent, once the loss is seen", async () => {
    await using server = await startRedis();
    using process = processOf(server);
    const { guarded } = process;
    for (let time = 0; time < 4; time++) await guarded.reserve([claim(rpm, 1)]);
    await process.replayed.beat();
    await ask(server, "FLUSHALL");
    await restored(process);
    expect(await guarded.reserve([claim(rpm, 1)])).toMatchObject({ verdict: "refused" });
  });
});

describe("a server that is new", () => {
  it("has lost nothing of a process that was granted nothing", async () => {
    await using server = await startRedis();
    using process = processOf(server);
    await process.replayed.reserve([claim(rpm, 1)]);
    await pause(600);
    expect(process.events).toEqual([]);
    expect((await usedOf(process))[0]).toBe(1);
  });
});

describe("a server that went back to an earlier state", () => {
  it("is told again what came after that, and nothing of before", async () => {
    await using server = await startRedis();
    using process = processOf(server);
    const { replayed } = process;
    await replayed.reserve([claim(tpm, 10)]);
    await replayed.reserve(all(20), request);
    await replayed.beat();
    await server.save();
    await replayed.reserve([claim(tpm, 5)]);
    await replayed.beat();
    await replayed.reserve([claim(tpm, 1)]);
    expect((await usedOf(process))[1]).toBe(36);
    await server.restart({ data: "saved" });
    await restored(process);
    expect(process.events).toEqual([{ kind: "state-loss", isWhole: false, counts: 1, leases: 1 }]);
    expect(await usedOf(process)).toEqual([1, 36, 1]);
  });
});

describe("the key of the pulse", () => {
  it("expires, and is one for each process", async () => {
    await using server = await startRedis();
    using process = processOf(server);
    await process.replayed.beat();
    const client = new Redis({ host: server.host, port: server.port });
    const [key] = await client.keys("test:{~pulse}:*");
    expect(await client.pttl(key!)).toBeGreaterThan(590_000);
    client.disconnect();
  });
});
