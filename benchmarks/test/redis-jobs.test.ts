import { afterAll, beforeAll, expect, it } from "vitest";

import { jobs } from "../src/redis/jobs/index.ts";
import { type Server, startServer } from "../src/redis/server.ts";
import type { Sizes } from "../src/redis/sizes.ts";

const sizes: Sizes = {
  keys: 50,
  calls: 1_000,
  soloCalls: 200,
  warmUpCalls: 200,
  localCalls: 2_000,
  fleet: 2,
  fleetWindowMs: 200,
};

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

const turns = jobs.flatMap((job) =>
  job.subjects.map((subject) => ({ job, subject, title: `${job.name}, ${subject.name}` })),
);

// What the figures are is the benchmark's own business: here it only must not rot.
it.each(turns)("measures $title", async ({ job, subject }) => {
  const samples = await job.run({ subject, sizes, round: 0, port: server.port });
  expect(samples).not.toHaveLength(0);
  for (const { value } of samples) expect(value).toSatisfy(Number.isFinite);
});
