import { expect, it } from "vitest";

import { jobs } from "../src/http/jobs/index.ts";
import type { Sizes } from "../src/http/sizes.ts";

const sizes: Sizes = {
  pairs: 1,
  requests: 50,
  warmUpRequests: 50,
  connections: 2,
  streams: 1,
  events: 20,
};

const turns = jobs.flatMap((job) =>
  job.subjects.map((subject) => ({ job, subject, title: `${job.name}, ${subject.name}` })),
);

// What the figures are is the benchmark's own business: here it only must not rot.
it.each(turns)("measures $title", async ({ job, subject }) => {
  const samples = await job.run({ subject, sizes });
  expect(samples).not.toHaveLength(0);
  for (const { value } of samples) expect(value).toSatisfy(Number.isFinite);
});
