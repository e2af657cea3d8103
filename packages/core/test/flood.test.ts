import { describe, expect, it } from "vitest";

import { flood, mostBytes } from "../soak/flooded.ts";

describe("a flood of fresh keys", () => {
  it("takes no memory beyond that of the keys there may be, and frees none that refuses, is blocked or leased", () => {
    const maxKeys = 20_000;
    // The soak is what looks at the time.
    const report = flood({
      maxKeys,
      fresh: 200_000,
      watched: 200,
      rounds: 5,
      calm: 2_000,
      tables: 1,
      readMs: () => 0,
    });
    expect(report).toMatchObject({ mostKeys: maxKeys, turnedAway: 0, forgotten: [] });
    expect(report.bytesBefore).toBeGreaterThan(maxKeys * 64);
    expect(report.bytesAfter).toBeLessThan(mostBytes(maxKeys));
  });
});
