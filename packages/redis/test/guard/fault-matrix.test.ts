import { slidingWindow } from "@sluice/core";
import { afterAll, describe, expect, it } from "vitest";

import type { FailureMode } from "../../src/guard/failure.ts";
import { startFaultProxy } from "../servers/fault-proxy.ts";
import { startRedis } from "../servers/redis-server.ts";
import { until } from "../servers/until.ts";
import { type Fault, faults } from "./faults.ts";
import { lagMeter } from "./lag.ts";
import { startLoad } from "./load.ts";
import { processOf } from "./redis-world.ts";
import { pause } from "./world.ts";

const capacity = 300;
const limit = slidingWindow({ name: "rpm", limit: capacity, window: "5m", per: [] });
const claims = [{ terms: limit.termsFor(), subject: "", cost: 1 }];
const processes = 2;
/** What does no harm must do none on a busy machine, too. */
const deadlineOf = ({ isHarmless }: Fault): number => (isHarmless === true ? 1_000 : 50);

interface Cell {
  readonly worstMs: number;
  readonly backMs: number;
  readonly granted: number;
  /** By the server, in the end. */
  readonly charged: number;
  readonly bound: number;
  readonly decisions: number;
  readonly degraded: number;
}

/** Two processes ask for more than there is, for two seconds, in which the fault comes and goes. */
async function play(fault: Fault, mode: FailureMode): Promise<Cell> {
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server);
  if (fault.atBoot === true) await fault.strike(server, proxy);
  using lag = lagMeter();
  const options = { deadlineMs: deadlineOf(fault), failure: mode, share: 1 / processes };
  const address = fault.isNetwork === true ? proxy : server;
  using one = processOf(address, options);
  using two = processOf(address, options);
  const both = [one, two];
  if (fault.atBoot !== true) await Promise.all(both.map(async ({ replayed }) => replayed.beat()));
  const loads = both.map(({ guarded }) => startLoad(guarded, claims, 2, lag));
  await pause(400);
  if (fault.atBoot !== true) await fault.strike(server, proxy);
  await pause(800);
  await fault.heal(server, proxy);
  const healedMs = performance.now();
  await until("all decide exactly again", async () =>
    both.every(({ guarded }) => guarded.health().state === "exact") ? true : undefined,
  );
  const backMs = performance.now() - healedMs;
  await pause(400);
  await Promise.all(loads.map(async (load) => load.stop()));

  const modes = new Set(loads.flatMap(({ report }) => [...report.modes.keys()]));
  expect(loads.flatMap(({ report }) => report.errors)).toEqual([]);
  expect([...modes].toSorted()).toEqual(
    fault.isHarmless === true ? ["exact"] : ["exact", mode].toSorted(),
  );
  const lost = both.some(({ events }) => events.some(({ kind }) => kind === "state-loss"));
  expect(lost).toBe(fault.losesState === true);
  for (const { events } of both) {
    const told = events.map(({ kind }) => kind).filter((kind) => kind !== "state-loss");
    // Each once, in turn.
    expect(told).toEqual(told.map((_, index) => (index % 2 === 0 ? "failure" : "recovery")));
  }
  await until("nothing is owed", async () =>
    both.every(({ guarded }) => !guarded.health().isOwed) ? true : undefined,
  );
  const { states } = await one.replayed.peek([{ ...claims[0]!, cost: 0 }]);
  const perProcess = Math.max(
    0,
    ...both.flatMap(({ bounds }) => bounds.map((bound) => bound.perProcess)),
  );
  const reports = loads.map(({ report }) => report);
  const sum = (of: (report: (typeof reports)[number]) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    worstMs: Math.max(...reports.map(({ worstMs }) => worstMs)),
    backMs,
    granted: sum(({ granted }) => granted),
    charged: states[0]!,
    // As `bound()` says it.
    bound: capacity * (1 + processes * perProcess + (fault.losesState === true ? 1 : 0)),
    decisions: sum(({ decisions }) => decisions),
    degraded: sum(({ modes: seen }) => seen.get(mode) ?? 0),
  };
}

describe.concurrent("under load", () => {
  const rows: string[] = [];
  afterAll(() => {
    const head =
      "fault          mode    worst wait  back after  granted  charged  bound  decisions  degraded";
    process.stdout.write(`${[head, ...rows.toSorted()].join("\n")}\n`);
  });

  for (const fault of faults) {
    for (const mode of ["local", "allow", "refuse"] as const) {
      it(`answers in time, says how, and is exact again: ${fault.name}, mode ${mode}`, async () => {
        const cell = await play(fault, mode);
        const { worstMs, backMs, granted, charged, bound, decisions, degraded } = cell;
        rows.push(
          `${fault.name.padEnd(15)}${mode.padEnd(8)}${worstMs.toFixed(0).padStart(7)} ms ${backMs.toFixed(0).padStart(8)} ms ` +
            `${String(granted).padStart(8)} ${String(charged).padStart(8)} ${String(bound).padStart(6)} ${String(decisions).padStart(10)} ${String(degraded).padStart(9)}`,
        );
        expect(worstMs).toBeLessThanOrEqual(deadlineOf(fault) + 20);
        expect(backMs).toBeLessThanOrEqual(10_000);
        expect(granted).toBeLessThanOrEqual(bound);
        // Nothing that counts is forgotten: it would be handed out again.
        const counted = mode === "allow" ? 0 : Math.min(granted, capacity);
        expect(charged).toBeGreaterThanOrEqual(counted);
      });
    }
  }
});
