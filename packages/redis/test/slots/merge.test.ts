import { type Outcome, slidingWindow } from "@sluice/core";
import { expect, it } from "vitest";

import type { Group } from "../../src/slots/groups.ts";
import { mergeOutcomes } from "../../src/slots/merge.ts";
import { claimOf } from "../claims.ts";

const limit = slidingWindow({ name: "rpm", limit: 9, window: "1m", per: ["tenant"] });
const group = (slot: number, ...places: readonly number[]): Group => ({
  slot,
  claims: places.map(() => claimOf(limit)),
  places: [...places],
});
const told = (
  verdict: Outcome["verdict"],
  atMs: number,
  ...states: readonly number[]
): Outcome => ({
  verdict,
  replayed: atMs > 0,
  atMs,
  expired: atMs,
  states,
});

it("makes one answer of several: the strictest, at the latest time, each claim in its place", () => {
  const groups = [group(1, 2), group(2, 0, 1)];
  const outcomes = [told("refused", 1, 3, 4, 5, 6), told("allowed", 2, 7, 0, 8, 0, 9, 0, 10, 0)];
  expect(mergeOutcomes(groups, outcomes)).toEqual({
    verdict: "refused",
    replayed: true,
    atMs: 2,
    expired: 2,
    states: [7, 0, 8, 0, 9, 0, 10, 0, 3, 4, 5, 6],
  });
});

it.each<readonly [Outcome["verdict"], ...Outcome["verdict"][]]>([
  ["full", "blocked", "full", "refused"],
  ["blocked", "refused", "blocked", "allowed"],
  ["refused", "allowed", "refused"],
  ["allowed", "allowed", "allowed"],
])("is %s of %j and others", (verdict, ...verdicts) => {
  const groups = verdicts.map((_, slot) => group(slot, slot));
  const outcomes = verdicts.map((each) => told(each, 0, 0, 0, 0, 0));
  expect(mergeOutcomes(groups, outcomes)).toMatchObject({ verdict, replayed: false });
});
