import type { Scenario } from "../scenario.ts";

const second = { wait: 1_000 };

/** What becomes of those who go on. */
export const bans: readonly Scenario[] = [
  { title: "a ban after two refusals", options: { max: 1, ban: 2 }, steps: [5] },
  { title: "a ban at once", options: { max: 1, ban: 0 }, steps: [3] },
  { title: "a ban of a limit of nothing", options: { max: 0, ban: 1 }, steps: [3] },
  { title: "a ban with a fraction", options: { max: 1, ban: 1.9 }, steps: [4] },
  {
    title: "a ban with a fraction, of a limit by request with one",
    options: { max: () => 1.5, ban: 1.9 },
    steps: [4],
  },
  { title: "a ban that is negative", options: { max: 1, ban: -3 }, steps: [3] },
  { title: "a ban in words", options: () => ({ max: 1, ban: "1" }), steps: [4] },
  {
    title: "a ban that ends with its window",
    options: { max: 1, ban: 1, timeWindow: 1_000 },
    steps: [4, second, 2],
  },
  {
    title: "a ban of one client only",
    options: { max: 1, ban: 0 },
    steps: [2, { url: "/", remoteAddress: "192.0.2.1" }],
  },
  {
    title: "a ban that is answered by a builder",
    options: ({ tell }) => ({
      max: 1,
      ban: 0,
      errorResponseBuilder: tell("build", { statusCode: 403, out: true }),
    }),
    steps: [2],
  },
  {
    title: "a ban by the names of the draft",
    options: { max: 1, ban: 0, enableDraftSpec: true },
    steps: [2],
  },
  {
    title: "a window that is renewed by refusals",
    options: { max: 1, timeWindow: 1_000, continueExceeding: true },
    steps: [2, { wait: 900 }, 1, { wait: 900 }, 1, second, 1],
  },
  {
    title: "a window that is renewed by refusals, and a ban",
    options: { max: 1, timeWindow: 1_000, continueExceeding: true, ban: 1 },
    steps: [3, { wait: 999 }, 1, second, 2],
  },
  {
    title: "a window of a limit of nothing that is renewed",
    options: { max: 0, timeWindow: 1_000, continueExceeding: true },
    steps: [1, { wait: 600 }, 1, { wait: 600 }, 1],
  },
  {
    title: "renewal that is asked for in words",
    options: () => ({ max: 1, timeWindow: 1_000, continueExceeding: "yes" }),
    steps: [2, { wait: 900 }, 1, { wait: 100 }, 1],
  },
  {
    title: "the time to wait, doubled by each refusal",
    options: { max: 1, timeWindow: 1_000, exponentialBackoff: true },
    steps: [6],
  },
  {
    title: "the time to wait, doubled beyond all that can be told",
    options: { max: 1, timeWindow: "1 year", exponentialBackoff: true },
    steps: [25],
  },
  {
    title: "doubling, of which the first refusal is one window",
    options: { max: 1, timeWindow: 1_000, exponentialBackoff: true },
    steps: [2, { wait: 999 }, { wait: 1 }, 2],
  },
  {
    title: "doubling of a limit of nothing",
    options: { max: 0, timeWindow: 1_000, exponentialBackoff: true },
    steps: [4],
  },
  {
    title: "doubling beside renewal, which goes first",
    options: { max: 1, timeWindow: 1_000, exponentialBackoff: true, continueExceeding: true },
    steps: [4, { wait: 999 }, 1, second, 1],
  },
  {
    title: "doubling and a ban",
    options: { max: 1, timeWindow: 1_000, exponentialBackoff: true, ban: 2 },
    steps: [5],
  },
];
