import type { RateLimitPluginOptions } from "@sluice/fastify/fastify-rate-limit";
import type { FastifyInstance } from "fastify";
import { expect, it } from "vitest";

import { ours } from "./plugins.ts";
import type { Step } from "./scenario.ts";
import { statuses } from "./statuses.ts";

const byHeader: RateLimitPluginOptions = {
  max: 1,
  keyGenerator: ({ headers }) => String(headers["x-key"]),
};
const by = (key: string): Step => ({ url: "/", headers: { "x-key": key } });
const all = (...keys: string[]): Step[] => keys.map(by);
const wait = { wait: 100 };

const last = async (count: number, options: object, ...steps: Step[]): Promise<unknown[]> =>
  (await statuses(ours, { options: { ...byHeader, ...options }, steps })).slice(-count);

it("forgets, of those within their limit, the one that was not seen for longest", async () => {
  const options = { cache: 2, max: 2 };
  // Of a, b and c, b was not seen for longest when c came.
  const steps = all("a", "b", "a", "c", "a", "b", "b");
  expect(await last(3, options, ...steps)).toEqual([429, 200, 200]);
});

it("forgets, of those beyond it, the one that is free soonest, and no more than there must be", async () => {
  const steps = [...all("a", "a"), wait, ...all("b", "b"), wait, ...all("c", "c")];
  expect(await last(3, { cache: 2 }, ...steps, ...all("b", "c", "a"))).toEqual([429, 429, 200]);
});

it("keeps whoever waits longer, though it was refused first", async () => {
  const options = { cache: 2, timeWindow: 1_000, exponentialBackoff: true };
  const steps = [...all("a", "a", "a", "a"), wait, ...all("b", "b"), wait, ...all("c", "c")];
  expect(await last(3, options, ...steps, ...all("a", "c", "b"))).toEqual([429, 429, 200]);
});

it("looks at 16 for the one that is free soonest", async () => {
  const options = { cache: 17, timeWindow: 1_000, exponentialBackoff: true };
  const slow = Array.from({ length: 16 }, (_, at) => [`s${at}`, `s${at}`, `s${at}`]).flat();
  // Seventeen are kept; the last of them is free soonest, but 16 stand before it.
  const steps = all(...slow, "fast", "fast", "new", "new");
  expect(await last(2, options, ...steps, ...all("fast", "s0"))).toEqual([429, 200]);
});

it("looks at others the next time", async () => {
  const options = { cache: 30, timeWindow: 1_000, exponentialBackoff: true };
  const slow = Array.from({ length: 20 }, (_, at) => [`s${at}`, `s${at}`, `s${at}`]).flat();
  const fast = Array.from({ length: 10 }, (_, at) => [`f${at}`, `f${at}`]).flat();
  const steps = all(...slow, ...fast, "new", "new", "newer", "newer");
  expect(await last(3, options, ...steps, ...all("s1", "new", "f0"))).toEqual([429, 429, 200]);
});

it("counts a key that comes back within its limit as one of those again", async () => {
  const options = { cache: 1, timeWindow: 1_000 };
  const steps = [...all("a", "a"), { wait: 1_000 }, ...all("a")];
  // As one within its limit, it is forgotten for a fresh one; as one beyond it, it would not be.
  expect(await last(1, options, ...steps, ...all("fresh", "a"))).toEqual([200]);
});

it("keeps a million keys where it is told to keep any number", async () => {
  const keys = Array.from({ length: 6_000 }, (_, at) => `${at}`);
  expect(await last(1, { cache: 0 }, ...all(...keys, "0"))).toEqual([429]);
});

const routes = (app: FastifyInstance): void => {
  app.get("/", { config: { rateLimit: { cache: 1, max: 2 } } }, () => "hello");
};

it("keeps as many keys of a route as the route says", async () => {
  const steps = all("a", "a", "b", "a", "a");
  const options = { ...byHeader, cache: 9 };
  expect(await statuses(ours, { options, routes, steps })).toEqual([200, 200, 200, 200, 200]);
});
