import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { slidingWindow } from "@sluice/core";
import { checkHistory, type GrantRecord } from "@sluice/core/testing";
import { Redis } from "ioredis";

import type { Sample } from "../../report.ts";
import type { Task } from "../job.ts";
import type { Member, Reported } from "./fleet-member.ts";

const member = fileURLToPath(new URL("fleet-member.ts", import.meta.url));

/** How many windows go by. */
const windows = 3;
const demand = 3;

/**
 * Processes that lease slices of 50 of one limit and together ask three times as much as it allows: what share of decisions is made
 * in the process that asks, how much of the limit is used, and by how much any window is above it.
 */
export async function fleetLeased({ sizes, port }: Task): Promise<Sample[]> {
  const { fleet, fleetWindowMs: windowMs } = sizes;
  const limit = windowMs * 4;
  const perSecond = (demand * limit * 1_000) / windowMs / fleet;
  const ttlMs = Math.max(10, Math.floor(windowMs / 20));
  const durationMs = windows * windowMs;
  const client = new Redis(port, "127.0.0.1");
  await client.flushall();
  client.disconnect();

  const asked: Member = {
    port,
    limit,
    windowMs,
    lent: { slice: 50, ttlMs },
    perSecond,
    durationMs,
  };
  const children = Array.from({ length: fleet }, () =>
    fork(member, [JSON.stringify(asked)], { stdio: ["ignore", "ignore", "inherit", "ipc"] }),
  );
  try {
    await Promise.all(children.map((child) => once(child, "message")));
    const reported = children.map(async (child): Promise<Reported> => {
      // One that ends before it reports has failed.
      const ended = once(child, "exit").then(([code]) => {
        throw new Error(`a process of the fleet ended with code ${code}`);
      });
      const [report] = await Promise.race([once(child, "message"), ended]);
      return report;
    });
    for (const child of children) child.send("go");
    return samplesOf(await Promise.all(reported), limit, windowMs);
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
}

function samplesOf(reports: readonly Reported[], limit: number, windowMs: number): Sample[] {
  const grantedAt = reports.flatMap(({ grantedAtMs }) => grantedAtMs);
  const decided = reports.reduce((sum, { decisions }) => sum + decisions, 0);
  const local = reports.reduce((sum, report) => sum + report.local, 0);
  const grants = grantedAt.map((atMs): GrantRecord => {
    return { kind: "grant", atMs, limit: "hot", subject: "", cost: 1 };
  });
  const hot = slidingWindow({ name: "hot", limit, window: windowMs, per: [] });
  const { I1 } = checkHistory(grants, { limits: [hot] });
  const work = "redis-fleet";
  return [
    { work, metric: "local", value: local / decided },
    { work, metric: "used", value: usedOf(grantedAt, limit, windowMs) },
    { work, metric: "over-admitted", value: I1.worst },
  ];
}

/**
 * The share of the limit that is used while all of it is wanted: all is granted at once when a window begins, so it is told by when as
 * much as the last but one allows had been granted, or by all where it never was.
 */
function usedOf(grantedAt: readonly number[], limit: number, windowMs: number): number {
  const sorted = grantedAt.toSorted((a, b) => a - b);
  const full = windows - 1;
  const nextMs = sorted[full * limit];
  if (nextMs === undefined) return grantedAt.length / (windows * limit);
  return (full * windowMs) / (nextMs - sorted[0]!);
}
