import { expect, it } from "vitest";

import { manyKeys } from "./many-keys.ts";

// 1,000,000 of them: soak/races.ts. As many as a busy machine fills in well before the first one leaves the window.
it("resets one of 100,000 subjects in a millisecond, and has no key left after the window", async () => {
  const { filledMs, filled, resetUs, ...rest } = await manyKeys(100_000, 10_000);
  const { gone, isForgotten, immortal, emptyMs, left } = rest;
  const median = resetUs[Math.floor(resetUs.length / 2)]!;
  process.stdout.write(
    `100,000 keys in ${filledMs.toFixed(0)} ms; a reset takes ${median} us, ${resetUs.at(-1)} at most; ` +
      `none left ${emptyMs.toFixed(0)} ms after the window\n`,
  );
  expect(filled).toBeGreaterThanOrEqual(100_000);
  expect([resetUs.length, gone, isForgotten, immortal]).toEqual([21, 21, true, 0]);
  // One of them may have been interrupted.
  expect(median).toBeLessThanOrEqual(1_000);
  // The pulse's, one for each process, expires some minutes after its last beat.
  expect(left.filter((key) => !key.includes("{~pulse}"))).toEqual([]);
  expect(emptyMs).toBeLessThan(10_000);
});
