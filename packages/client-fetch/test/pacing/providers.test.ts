import { describe, expect, it } from "vitest";

import { providerCases, useQuota } from "./use-quota.ts";

describe("a queue that is never empty", () => {
  // One chance of many: `npm run soak -- pacing` tries twenty.
  it.each(providerCases)("uses the quota of $name, and is hardly ever refused", async (one) => {
    const { used, refused, left } = await useQuota(one, 3);
    expect(refused).toBeLessThanOrEqual(0.01);
    expect(used).toBeGreaterThanOrEqual(0.93);
    expect(left).toBe(0);
  });
});
