import { loadNative } from "@sluice/core-native";
import { expect, it } from "vitest";

import type { Sizes } from "../src/memory/sizes.ts";
import { jobs } from "../src/native/jobs/index.ts";

const sizes: Sizes = {
  keys: 500,
  fewKeys: 50,
  calls: 2000,
  warmUpCalls: 100,
  settlingObjects: 1000,
  fullKeys: 20,
  countedKeys: 500,
};

const turns = jobs.flatMap((job) =>
  job.subjects.map((subject) => ({ job, subject, title: `${job.name}, ${subject.name}` })),
);

// What the figures are is the benchmark's own business: here it only must not rot.
it.skipIf(loadNative() === undefined).each(turns)("measures $title", async ({ job, subject }) => {
  const samples = await job.run({ subject, sizes, round: 0 });
  expect(samples).not.toHaveLength(0);
  for (const { value } of samples) expect(value).toSatisfy(Number.isFinite);
});
