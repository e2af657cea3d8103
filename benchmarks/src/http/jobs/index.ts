import type { Job } from "../job.ts";
import { peers, sluice } from "../subjects.ts";
import { metering } from "./metering.ts";
import { overheadOf } from "./overhead.ts";

/** All that the HTTP suite measures. */
export const jobs: readonly Job[] = [
  { name: "Express", subjects: [sluice, peers.express], run: overheadOf("express") },
  { name: "Fastify", subjects: [sluice, peers.fastify], quick: [], run: overheadOf("fastify") },
  { name: "Hono on Node", subjects: [sluice, peers.hono], run: overheadOf("hono") },
  { name: "metering", subjects: [sluice], quick: [], run: metering },
];
