import type { Framework } from "./framework.ts";

/** What stands in front of a handler. */
export interface Subject {
  /** `sluice`, or the name of a package. */
  readonly name: string;
}

/** Sluice's adapters. */
export const sluice: Subject = { name: "sluice" };

/** What each framework's users would pick instead. */
export const peers: Readonly<Record<Framework, Subject>> = {
  express: { name: "express-rate-limit" },
  fastify: { name: "@fastify/rate-limit" },
  hono: { name: "hono-rate-limiter" },
};
