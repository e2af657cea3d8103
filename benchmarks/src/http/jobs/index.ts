import type { Job } from "../job.ts";
import { peers, sluice } from "../subjects.ts";
import { metering } from "./metering.ts";
import { overheadOf } from "./overhead.ts";

// A round of bursts is long, as servers must be warm.
const rounds = 3;

/** All that the HTTP suite measures. */
export const jobs: readonly Job[] = [
  { name: "Express", subjects: [sluice, peers.express], rounds, run: overheadOf("express") },
  {
    name: "Fastify",
    subjects: [sluice, peers.fastify],
    rounds,
    quick: [],
    run: overheadOf("fastify"),
  },
  { name: "Hono on Node", subjects: [sluice, peers.hono], rounds, run: overheadOf("hono") },
  { name: "metering", subjects: [sluice], rounds, quick: [], run: metering },
];
