import { expect, it } from "vitest";

import { jobs } from "../src/memory/jobs/index.ts";
import type { Sizes } from "../src/memory/sizes.ts";

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
  job.subjects
    // A heap snapshot takes most of a second here, and is the same for all.
    .slice(0, job.name.startsWith("objects") ? 1 : job.subjects.length)
    .map((subject) => ({ job, subject, title: `${job.name}, ${subject.name}` })),
);

// What the figures are is the benchmark's own business: here it only must not rot.
it.each(turns)("measures $title", async ({ job, subject }) => {
  const samples = await job.run({ subject, sizes, round: 0 });
  expect(samples).not.toHaveLength(0);
  for (const { value } of samples) expect(value).toSatisfy(Number.isFinite);
});
