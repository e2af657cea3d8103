import { type Claim, type Outcome, slidingWindow } from "@sluice/core";
import { expect, it } from "vitest";

import type { Request } from "../../src/batch.ts";
import { decideInTurn } from "../../src/slots/in-turn.ts";
import { claimOf } from "../claims.ts";

const limit = slidingWindow({ name: "rpm", limit: 1, window: 1, per: ["tenant"] });
const foo = claimOf(limit, 1, "foo");
const bar = claimOf(limit, 1, "bar");
const hello = claimOf(limit, 1, "hello");

it("sends what lies in one slot in one call, side by side with others", async () => {
  const { decide, calls } = desk();
  const outcomes = await decide([[foo], [bar], [foo], [hello], [bar, bar]]);
  expect(calls).toEqual(["begin foo+foo", "begin bar+bar,bar", "begin hello", "end", "end", "end"]);
  expect(outcomes.map(({ atMs }) => atMs)).toEqual([0, 2, 1, 4, 3]);
});

it("has what lies in several slots wait for what came before it there, and others wait for it", async () => {
  const { decide, calls } = desk();
  const outcomes = await decide([[foo], [bar], [foo, bar], [foo], [hello], [bar, foo]]);
  expect(calls).toEqual([
    "begin bar",
    "begin foo",
    "begin hello",
    "end",
    "end",
    "begin foo,bar",
    "end",
    "end",
    "begin foo",
    "end",
    "begin bar,foo",
    "end",
  ]);
  expect(outcomes.map(({ atMs }) => atMs)).toEqual([1, 0, 3, 4, 2, 5]);
});

it("fails when one call does, after all have been answered", async () => {
  const { decide, calls } = desk((name) => name === "bar");
  await expect(decide([[foo], [bar], [hello]])).rejects.toThrow("bar");
  expect(calls.filter((call) => call === "end")).toHaveLength(2);
});

it("decides on no requests, and on one without claims", async () => {
  const { decide } = desk();
  expect(await decide([])).toEqual([]);
  expect(await decide([[]])).toHaveLength(1);
});

/** Numbers the requests in the order in which they are decided, by their `atMs`. */
function desk(fails: (name: string) => boolean = () => false) {
  const calls: string[] = [];
  let decided = 0;
  const answer = (): Outcome => ({
    verdict: "allowed",
    replayed: false,
    atMs: decided++,
    expired: 0,
    states: [],
  });
  const call = async (requests: readonly Request[]): Promise<Outcome[]> => {
    const name = nameOf(requests.map(({ claims }) => claims));
    calls.push(`begin ${name}`);
    const outcomes = requests.map(answer);
    await new Promise((resolve) => setImmediate(resolve));
    if (fails(name)) throw new Error(name);
    calls.push("end");
    return outcomes;
  };
  const decide = async (batch: readonly (readonly Claim[])[]): Promise<readonly Outcome[]> => {
    const requests = batch.map((claims) => ({ claims, lease: undefined }));
    const across = async (request: Request): Promise<Outcome> => (await call([request]))[0]!;
    return (await decideInTurn(requests, { together: call, across })) as readonly Outcome[];
  };
  return { decide, calls };
}

function nameOf(batch: readonly (readonly Claim[])[]): string {
  return batch.map((claims) => claims.map(({ subject }) => subject).join(",")).join("+");
}
