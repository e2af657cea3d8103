import { expect, it } from "vitest";

import { createLanes } from "../../src/queue/lanes.ts";
import { callThrough, type Driven, mixed, workers } from "../pacing/drive.ts";
import { openai, type SimulatedCall } from "../pacing/simulated-provider.ts";
import { virtualTime } from "../virtual-time.ts";

it.each(["at even times", "at random times"])(
  "beside 50 workers of a batch on a key of 100 requests a minute, one interactive call a second %s hardly waits",
  async (when) => {
    const minutes = 20;
    const time = virtualTime(11);
    const provider = openai(time, 100, 10_000_000);
    const lane = createLanes({ timing: time }).lane({
      origin: provider.origin,
      key: "k",
      model: "m",
    });
    const next = mixed(time, 300, 200);
    const interactive: Promise<Driven>[] = [];
    const waits: number[] = [];
    let isOver = false;
    const arrive = (): void => {
      if (isOver) return;
      interactive.push(
        callThrough(time, lane, provider, next(), {
          class: "interactive",
          deadlineAtMs: time.now() + 30_000,
        }),
      );
      time.after(when === "at even times" ? 1_000 : -Math.log(1 - time.random()) * 1_000, arrive);
    };
    arrive();
    let batch = 0;
    const go = async (call: SimulatedCall): Promise<Driven> => {
      const driven = await callThrough(time, lane, provider, call);
      if (!isOver && driven.status === 200) batch += 1;
      return driven;
    };
    await workers(time, 50, minutes * 60_000, next, go, () => {
      isOver = true;
    });
    const done = await Promise.all(interactive);
    for (const { waitedMs } of done) waits.push(waitedMs);
    waits.sort((a, b) => a - b);
    const p95 = waits[Math.floor(waits.length * 0.95)]!;
    const left = 100 * minutes - done.length;
    const part = batch / left;
    if (process.env["SLUICE_FIGURES"] === "show") {
      process.stdout.write(
        `interactive ${when}: ${done.length} calls, p50 ${waits[waits.length >> 1]} ms, p95 ${p95} ms, max ${waits.at(-1)} ms; batch ${(part * 100).toFixed(1)} % of what is left; refused ${provider.seen.refused}\n`,
      );
    }
    expect(done.every(({ status }) => status === 200)).toBe(true);
    expect(p95).toBeLessThanOrEqual(250);
    expect(part).toBeGreaterThanOrEqual(0.85);
    expect(provider.seen.refused).toBe(0);
  },
);
