import { describe, expect, it } from "vitest";

import { cancel } from "../soak/cancelled.ts";

describe("leases that are cancelled at random", () => {
  it("leave nothing in flight and nothing uncounted, a hundred thousand of them", () => {
    const report = cancel({ leases: 100_000, seed: 1 });
    expect(report.wrong).toEqual([]);
    expect(report).toMatchObject({
      granted: 100_000,
      left: { inFlight: 0, keys: 0, leases: 0 },
      listeners: 0,
    });
    // Or it would show little.
    expect(report.checkpoints).toBeGreaterThan(50);
    expect(report.refused).toBeGreaterThan(1_000);
    expect(report.foundExpired).toBeGreaterThan(10_000);
    expect(Math.min(...Object.values(report.ends))).toBeGreaterThan(5_000);
  });
});
