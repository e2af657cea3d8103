import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

import { expect, it } from "vitest";

import { startRedis } from "../../../redis/test/servers/redis-server.ts";
import type { Orders } from "./member.ts";

async function heard<T>(child: ChildProcess): Promise<T> {
  const gone = new AbortController();
  const [message] = await Promise.race([
    once(child, "message", gone),
    once(child, "exit", gone).then(([code]) => {
      throw new Error(`a process ended with ${code}`);
    }),
  ]);
  gone.abort();
  return message;
}

it("keeps two processes that share a Redis to one budget", async () => {
  await using redis = await startRedis();
  const orders: Orders = { port: redis.port, callers: 20, perMinute: 1_200, stopMs: 3_000 };
  const path = new URL("member.ts", import.meta.url);
  const children = [0, 1].map(() => fork(path, [JSON.stringify(orders)], { execArgv: [] }));
  try {
    await Promise.all(children.map(heard));
    const told = children.map(heard<number>);
    for (const child of children) child.send("go");
    const calls = await Promise.all(told);
    const all = calls[0]! + calls[1]!;
    if (process.env["SLUICE_FIGURES"] === "show") {
      process.stdout.write(`two processes, 60 calls in 3 s: ${calls.join(" + ")} = ${all}\n`);
    }
    // Twenty a second, and two at first; a process that begins later ends later.
    expect(all).toBeLessThanOrEqual(66);
    expect(all).toBeGreaterThanOrEqual(40);
    expect(Math.min(...calls)).toBeGreaterThan(0);
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
});
