import { describe, expect, it } from "vitest";

import { jobs, limitFor } from "../src/tokens/jobs.ts";
import { loads, traceFolder } from "../src/tokens/loads.ts";
import { replay } from "../src/tokens/replay.ts";
import { tallyOf } from "../src/tokens/tally.ts";
import { ways } from "../src/tokens/ways.ts";

const way = (name: string) => ways.find((one) => one.name === name)!;
const chat = loads.find(({ work }) => work === "tokens-chat")!;
const durationMs = 600_000;
const requests = chat.requests(1).filter(({ atMs }) => atMs < durationMs);
const limit = limitFor(requests, durationMs);
const used = (name: string): number =>
  tallyOf(replay(requests, way(name), limit), limit, durationMs).used;
const worst = (name: string): number =>
  tallyOf(replay(requests, way(name), limit), limit, durationMs).overshoot;

describe("of a chat that asks for three times its limit", () => {
  it("is admitted much more than the limit when tokens are charged after the answer", () => {
    expect(worst("charge-after")).toBeGreaterThan(1.3);
  });

  it("hardly more when they are estimated, extended and settled", () => {
    expect(worst("reserve-extend")).toBeLessThan(1.1);
  });

  it("and not one token more when it is known beforehand what an answer takes", () => {
    expect(worst("known")).toBeLessThanOrEqual(1);
  });

  it("less than the estimate is used when as much is reserved as may be asked for", () => {
    expect(used("reserve-max-4096")).toBeLessThan(0.8 * used("reserve-extend"));
  });
});

const at = (atMs: number, tokens: number) => ({ atMs, tokens });

describe("the tally", () => {
  it("adds up what was let through in a minute, at whatever time it ends", () => {
    const admitted = [at(0, 60), at(59_999, 50), at(60_000, 20), at(119_998, 30), at(119_999, 5)];
    expect(tallyOf(admitted, 100, 120_000)).toMatchObject({ overshoot: 1.1, used: 0.825 });
  });

  it("tells the most of each ten seconds", () => {
    const { course } = tallyOf([at(5_000, 40), at(15_000, 30), at(66_000, 10)], 100, 80_000);
    expect(course).toEqual([0.4, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.4]);
  });
});

it("draws the same load from the same seed, and another from another", () => {
  expect(chat.requests(1)).toEqual(chat.requests(1));
  expect(chat.requests(2)).not.toEqual(chat.requests(1));
});

it.each(jobs.flatMap((job) => job.subjects.map((subject) => ({ job, subject }))))(
  "replays $job.name by $subject.name",
  async ({ job, subject }) => {
    const samples = await job.run({ subject, sizes: { durationMs: 300_000 }, round: 0 });
    expect(samples.map(({ metric }) => metric)).toEqual(["overshoot", "used"]);
    for (const { value } of samples) expect(value).toSatisfy(Number.isFinite);
    expect(samples[0]!.course!.values).toHaveLength(30);
  },
);

it("looks for Azure's traces beside the repository, or where it is told", () => {
  const told = process.env["SLUICE_TRACES"];
  expect(traceFolder).toMatch(told === undefined ? /shared[\\/]traces$/ : told);
});
