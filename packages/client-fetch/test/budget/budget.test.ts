import { retryBudget } from "@sluice/client-fetch";
import { describe, expect, it } from "vitest";

import { virtualTime } from "../virtual-time.ts";

function taken(budget: ReturnType<typeof retryBudget>, tokens: number, most = 1_000): number {
  let count = 0;
  while (count < most && budget.take("a", tokens)) count += 1;
  return count;
}

describe("retryBudget()", () => {
  it("gives the floor where calls are few", () => {
    const budget = retryBudget({ floor: 3 }, virtualTime());
    budget.charge("a", 100);
    expect(taken(budget, 100)).toBe(3);
  });

  it("gives a tenth of the calls where they are many, and not the floor besides", () => {
    const budget = retryBudget({ floor: 3 }, virtualTime());
    for (let call = 0; call < 200; call++) budget.charge("a", 100);
    expect(taken(budget, 100)).toBe(20);
  });

  it("counts tokens: one call too large is as good as many", () => {
    const budget = retryBudget({ floor: 1 }, virtualTime());
    for (let call = 0; call < 200; call++) budget.charge("a", 100);
    expect(budget.take("a", 1_500)).toBe(true);
    expect(budget.take("a", 1_500)).toBe(false);
    expect(budget.take("a", 500)).toBe(true);
    expect(budget.take("a", 1)).toBe(false);
  });

  it("forgets a window, slot by slot, and no more than one", async () => {
    const time = virtualTime();
    const budget = retryBudget({ floor: 2, window: 60_000 }, time);
    expect(taken(budget, 0)).toBe(2);
    await time.advance(54_000);
    expect(taken(budget, 0)).toBe(0);
    await time.advance(11_000);
    expect(taken(budget, 0)).toBe(2);
  });

  it("tells targets apart, and forgets the one that is unused for longest", () => {
    const budget = retryBudget({ floor: 1, maxTargets: 2 }, virtualTime());
    expect(["a", "a", "b", "c", "c", "a"].map((name) => budget.take(name, 1))).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
    ]);
  });

  it("goes on where the clock steps back", () => {
    let nowMs = 1e12;
    const budget = retryBudget({ floor: 2 }, { ...virtualTime(), now: () => nowMs });
    expect(budget.take("a", 1)).toBe(true);
    nowMs -= 3_600_000;
    expect([budget.take("a", 1), budget.take("a", 1)]).toEqual([true, false]);
    nowMs += 7_200_000;
    expect(budget.take("a", 1)).toBe(true);
  });
});
