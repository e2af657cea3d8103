import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { serverProgram } from "./availability.ts";
import { launch } from "./launch.ts";
import { type Address, host, onFreePort } from "./port.ts";
import { watchdog } from "./watchdog.ts";

/** What sentinels watch. */
export interface Watch {
  readonly name: string;
  readonly primary: Address;
  readonly replicas: readonly Address[];
  readonly downAfterMs: number;
}

export interface Sentinels extends AsyncDisposable {
  readonly addresses: readonly Address[];
}

interface Member extends Address {
  readonly id: string;
}

/** Starts three sentinels, of which two must agree, and which know each other from the start. */
export async function startSentinels(watch: Watch): Promise<Sentinels> {
  return onFreePort(async (first) => {
    await using started = new AsyncDisposableStack();
    const folder = await mkdtemp(join(watchdog().folder, "sentinels-"));
    started.defer(async () => rm(folder, { recursive: true, force: true }));
    const addresses = [0, 1, 2].map((offset) => ({ host, port: first + offset }));
    const members = addresses.map((at) => ({ ...at, id: randomBytes(20).toString("hex") }));
    const starts = members.map(async (member) => {
      const file = join(folder, `${member.port}.conf`);
      await writeFile(file, configuration(member, members, watch));
      const sentinel = await launch(serverProgram(), [file, "--sentinel"], "Sentinel ID is");
      started.defer(async () => sentinel.end("SIGKILL"));
    });
    // All of them, so that none is left behind when one finds its port taken.
    const results = await Promise.allSettled(starts);
    const failure = results.find(({ status }) => status === "rejected");
    if (failure?.status === "rejected") throw failure.reason;
    const owned = started.move();
    return { addresses, [Symbol.asyncDispose]: async () => owned.disposeAsync() };
  });
}

function configuration(
  { id, port }: Member,
  members: readonly Member[],
  { name, primary, replicas, downAfterMs }: Watch,
): string {
  const others = members.filter((member) => member.id !== id);
  const lines = [
    `bind ${host}`,
    `port ${port}`,
    `sentinel myid ${id}`,
    `sentinel monitor ${name} ${primary.host} ${primary.port} 2`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    // When the sentinels split their votes they try again after twice this time.
    `sentinel failover-timeout ${name} 2000`,
    `sentinel parallel-syncs ${name} 2`,
    ...replicas.map((replica) => `sentinel known-replica ${name} ${replica.host} ${replica.port}`),
    ...others.map((other) => `sentinel known-sentinel ${name} ${host} ${other.port} ${other.id}`),
  ];
  return `${lines.join("\n")}\n`;
}
