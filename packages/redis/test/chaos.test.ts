import { expect, it } from "vitest";

import { chaos } from "../soak/chaos.ts";

// In long: npm run chaos.
it("keeps every promise, up to its bound, through random faults", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { verdict, errors, modes } = await chaos({ ms: 5_000, seed, faultMs: 500 });
  const told = { seed, ...verdict };
  expect(told).toMatchObject({ isValid: true });
  expect(errors).toEqual([]);
  expect(modes["exact"]).toBeGreaterThan(500);
});
