import { expect, it } from "vitest";

import { createLanes } from "../../src/queue/lanes.ts";
import { callThrough, mixed, workers } from "../pacing/drive.ts";
import { headerless, openai, type SimulatedProvider } from "../pacing/simulated-provider.ts";
import { virtualTime, type VirtualTime } from "../virtual-time.ts";

/** Refuses one call at `atMs` with a Retry-After of 20 seconds. */
function refusingOnce(time: VirtualTime, made: SimulatedProvider, atMs: number): SimulatedProvider {
  let isOver = false;
  return {
    ...made,
    async call(call) {
      if (isOver || time.now() < atMs) return made.call(call);
      isOver = true;
      await time.sleep(60);
      const headers = new Headers({ "retry-after": "20" });
      return { status: 429, headers, body: undefined, whole: Promise.resolve() };
    },
  };
}

/** The most calls that came in any second, for each call that came in a second in the mean. */
function peakOf(atMs: readonly number[]): number {
  let most = 0;
  for (let from = 0, to = 0; to < atMs.length; to++) {
    while (atMs[from]! <= atMs[to]! - 1_000) from += 1;
    most = Math.max(most, to - from + 1);
  }
  const seconds = (atMs.at(-1)! - atMs[0]!) / 1_000;
  return most / (atMs.length / seconds);
}

it.each<[string, (time: VirtualTime) => SimulatedProvider]>([
  ["that tells its limits", (time) => openai(time, 600, 10_000_000)],
  ["that tells nothing", (time) => headerless(time, 100_000)],
])(
  "after one refusal by a provider %s nobody calls for 20 seconds, and 200 workers come back evenly",
  async (_name, make) => {
    const time = virtualTime(5);
    const startMs = time.now();
    const provider = make(time);
    const lane = createLanes({ timing: time }).lane({
      origin: provider.origin,
      key: "k",
      model: "m",
    });
    const once = refusingOnce(time, provider, startMs + 20_000);
    await workers(time, 200, 90_000, mixed(time, 200, 100), (call) =>
      callThrough(time, lane, once, call),
    );
    const came = provider.seen.log.map(({ atMs }) => atMs - startMs);
    // What was under way came still.
    const refusedMs = came.findLast((atMs) => atMs < 25_000)!;
    const after = came.filter((atMs) => atMs > refusedMs && atMs < 85_000);
    expect(refusedMs).toBeLessThan(21_000);
    expect(after[0]! - 20_000).toBeGreaterThanOrEqual(20_000);
    // A second at most so that processes do not come back together, and what a batch leaves to others of a burst.
    expect(after[0]! - 20_000).toBeLessThanOrEqual(24_000);
    // Everyone who was held back, and some again.
    const held = after.slice(0, 250);
    expect(held).toHaveLength(250);
    const peak = peakOf(held);
    if (process.env["SLUICE_FIGURES"] === "show")
      process.stdout.write(`resume, provider ${_name}: peak ${peak.toFixed(2)} × the mean\n`);
    expect(peak).toBeLessThanOrEqual(1.5);
  },
);
