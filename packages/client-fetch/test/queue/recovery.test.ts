import { expect, it } from "vitest";

import { callThrough, type Driven } from "../pacing/drive.ts";
import { flaky } from "../pacing/simulated-provider.ts";
import { laneOf } from "./bench-lane.ts";

it.each([0.2, 0.6, 1])(
  "answers everyone half a minute after a minute in which a share of %f was refused without a word, and at once after another",
  async (share) => {
    const { time, lane } = laneOf({}, 9);
    const startMs = time.now();
    const elapsed = (): number => time.now() - startMs;
    const provider = flaky(
      time,
      () => elapsed() >= 60_000 && elapsed() < 120_000 && time.random() < share,
    );
    const calls: { readonly begunMs: number; readonly driven: Promise<Driven> }[] = [];
    let mostQueued = 0;
    // Twenty calls a second, and after the storm fifteen: the limit that it leaves is a little lower than what was before.
    while (elapsed() < 200_000) {
      const call = { inputTokens: 50, outputTokens: 20, maxTokens: 50 };
      const deadlineAtMs = time.now() + 30_000;
      calls.push({
        begunMs: elapsed(),
        driven: callThrough(time, lane, provider, call, { deadlineAtMs }),
      });
      await time.advance(elapsed() < 120_000 ? 50 : 67);
      mostQueued = Math.max(mostQueued, lane.state().queued);
    }
    await time.settle();
    const since = async (fromMs: number): Promise<Driven[]> =>
      Promise.all(calls.filter(({ begunMs }) => begunMs >= fromMs).map(({ driven }) => driven));
    const [after, late] = [await since(150_000), await since(180_000)];
    const slowest = [after, late].map((some) => Math.max(...some.map(({ waitedMs }) => waitedMs)));
    if (process.env["SLUICE_FIGURES"] === "show") {
      const figures = `waits of ${slowest[0]} ms at most after 30 s, ${slowest[1]} ms after 60 s; ${mostQueued} in the queue at most`;
      process.stdout.write(`a share of ${share} refused: ${figures}\n`);
    }
    expect(after.every(({ status }) => status === 200)).toBe(true);
    expect(slowest[0]).toBeLessThanOrEqual(12_000);
    expect(slowest[1]).toBeLessThanOrEqual(500);
    expect(mostQueued).toBeLessThanOrEqual(1_000);
    expect(time.pending()).toBe(0);
  },
);
