import { setTimeout as wait } from "node:timers/promises";

import { concurrency, type Limit, slidingWindow } from "@sluice/core";
import {
  checkHistory,
  type HistoryRecord,
  type HistoryVerdict,
  seededRandom,
} from "@sluice/core/testing";

import { type Fault, faults } from "../test/guard/faults.ts";
import { type Process, processOf } from "../test/guard/redis-world.ts";
import { startFaultProxy } from "../test/servers/fault-proxy.ts";
import { startRedis } from "../test/servers/redis-server.ts";
import { until } from "../test/servers/until.ts";
import { startTraffic } from "./traffic.ts";

/** How long chaos reigns, and how. */
export interface ChaosOptions {
  readonly ms: number;
  /** Draws the faults and the traffic. */
  readonly seed: number;
  /** Stores with clients of their own, each granting its share while the server is away. Default: 4. */
  readonly processes?: number;
  /** Of each fault at most. Default: 1,500. */
  readonly faultMs?: number;
  /** Is told what happens. */
  readonly say?: (line: string) => void;
}

/** What came of it. */
export interface ChaosReport {
  readonly verdict: HistoryVerdict;
  readonly history: readonly HistoryRecord[];
  /** By name. */
  readonly faults: Readonly<Record<string, number>>;
  /** Units that each limit may be above its capacity, as the stores say, and was at most. */
  readonly bound: Readonly<Record<string, number>>;
  readonly above: Readonly<Record<string, number>>;
  /** Decisions by how they were made. */
  readonly modes: Readonly<Record<string, number>>;
  /** Calls that were rejected: there are to be none. */
  readonly errors: readonly unknown[];
}

const limits: readonly Limit[] = [
  slidingWindow({ name: "requests", limit: 60, window: "2s", per: ["user"] }),
  slidingWindow({ name: "tokens", limit: 20_000, window: "2s", unit: "tokens", per: ["tenant"] }),
  concurrency({ name: "inflight", limit: 20, expiresAfter: "1s", per: ["tenant"] }),
];

const recoverMs = 10_000;

/** Random faults of a server and of the way to it, one after the other, under traffic by several, until the time is up. */
export async function chaos(asked: ChaosOptions): Promise<ChaosReport> {
  const { ms, seed, processes: count = 4, faultMs = 1_500, say = () => {} } = asked;
  const random = seededRandom(seed);
  const history: HistoryRecord[] = [];
  const struck: Record<string, number> = {};
  const errors: unknown[] = [];
  const kinds = faults.filter(({ atBoot }) => atBoot !== true);
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server);
  const processes = Array.from({ length: count }, () => processOf(proxy, { share: 1 / count }));
  const traffic = processes.map((process, index) =>
    startTraffic(process.guarded, {
      limits,
      random: seededRandom(seed + index + 1),
      by: `process-${index}`,
      write: (record) => void history.push(record),
      fail: (error) => void errors.push(error),
    }),
  );

  async function strike({ name, strike: begin, heal, losesState }: Fault): Promise<void> {
    struck[name] = (struck[name] ?? 0) + 1;
    history.push({ kind: "fault", name, atMs: Date.now(), losesState });
    await begin(server, proxy);
    await wait(random.integer(faultMs / 10, faultMs));
    await heal(server, proxy);
    const healedMs = Date.now();
    history.push({ kind: "healed", name, atMs: healedMs });
    const isBack = await recovered(processes);
    say(`${name}: ${isBack ? `back after ${Date.now() - healedMs} ms` : "NOT BACK"}`);
    await wait(random.integer(100, faultMs));
  }

  try {
    await wait(500);
    const endMs = performance.now() + ms;
    while (performance.now() < endMs) await strike(random.pick(kinds));
    await Promise.all(traffic.map(async (load) => load.stop()));
    const bound = boundOf(processes);
    const options = {
      limits,
      bound,
      // While the server is away nobody knows what is charged in all.
      compareUsed: false,
      recoverWithinMs: recoverMs,
    };
    const above = limits.map(({ name }) => {
      const own = history.filter((record) => "limit" in record && record.limit === name);
      return [name, checkHistory(own, options).I1.worst] as const;
    });
    return {
      verdict: checkHistory(history, options),
      history,
      faults: struck,
      bound,
      above: Object.fromEntries(above),
      modes: modesOf(history),
      errors,
    };
  } finally {
    await Promise.all(traffic.map(async (load) => load.stop()));
    for (const process of processes) process[Symbol.dispose]();
  }
}

/** Whether all are exact again in time. */
async function recovered(processes: readonly Process[]): Promise<boolean> {
  const areExact = async (): Promise<true | undefined> =>
    processes.every(({ guarded }) => guarded.health().state === "exact") ? true : undefined;
  return until("all decide exactly", areExact, recoverMs).catch(() => false);
}

/** What the stores said at their worst, for all of them together. */
function boundOf(processes: readonly Process[]): Record<string, number> {
  const said = processes.map(({ bounds, guarded }) => [...bounds, guarded.bound()]);
  const local = said.reduce(
    (sum, bounds) => sum + Math.max(...bounds.map(({ perProcess }) => perProcess)),
    0,
  );
  const once = Math.max(...said.flat().map((bound) => bound.once));
  const late = said.reduce(
    (sum, bounds) => sum + Math.max(...bounds.map((bound) => bound.late)),
    0,
  );
  return Object.fromEntries(
    limits.map(({ name, termsFor }) => [name, termsFor().capacity * (local + once) + late]),
  );
}

function modesOf(history: readonly HistoryRecord[]): Record<string, number> {
  const modes: Record<string, number> = {};
  for (const record of history) {
    if (record.kind !== "grant" && record.kind !== "refusal") continue;
    const { mode = "exact" } = record;
    modes[mode] = (modes[mode] ?? 0) + 1;
  }
  return modes;
}
