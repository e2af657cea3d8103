import type { Scenario } from "../scenario.ts";

const thrower = () => {
  throw new Error("thrown");
};

/** Who is told what, in which order, and what is made of a refusal. */
export const callbacks: readonly Scenario[] = [
  {
    title: "every callback, in order",
    options: ({ tell }) => ({
      ban: 1,
      keyGenerator: tell("key", "k"),
      allowList: tell("list", false),
      max: tell("max", 1),
      timeWindow: tell("window", 5_000),
      onExceeding: tell("exceeding"),
      onExceeded: tell("exceeded"),
      onBanReach: tell("ban"),
      errorResponseBuilder: tell("build", { statusCode: 429, own: true }),
    }),
    steps: [4],
  },
  {
    title: "every callback, asynchronous, in order",
    options: ({ tell }) => ({
      ban: 0,
      keyGenerator: tell("key", Promise.resolve("k")),
      allowList: tell("list", Promise.resolve(false)),
      max: tell("max", Promise.resolve(1)),
      timeWindow: tell("window", Promise.resolve(5_000)),
      onExceeding: tell("exceeding", Promise.resolve()),
      onExceeded: tell("exceeded", Promise.resolve()),
      onBanReach: tell("ban", Promise.resolve()),
    }),
    steps: [3],
  },
  {
    title: "callbacks of requests that always pass",
    options: ({ tell }) => ({
      allowList: ["127.0.0.1"],
      max: tell("max", 1),
      onExceeding: tell("exceeding"),
    }),
    steps: [2],
  },
  { title: "onExceeding that throws", options: { max: 1, onExceeding: thrower }, steps: [2] },
  { title: "onExceeded that throws", options: { max: 1, onExceeded: thrower }, steps: [2] },
  { title: "onBanReach that throws", options: { max: 1, ban: 0, onBanReach: thrower }, steps: [2] },
  { title: "a limit that throws", options: { max: thrower }, steps: [2] },
  { title: "a limit that rejects", options: { max: async () => thrower() }, steps: [1] },
  { title: "a window that throws", options: { timeWindow: thrower }, steps: [1] },
  {
    title: "a window that rejects, where errors of the store are skipped",
    options: { skipOnError: true, timeWindow: async () => thrower() },
    steps: [1],
  },
  {
    title: "callbacks that are none",
    options: () => ({ max: 1, ban: 0, onExceeding: 1, onExceeded: "x", onBanReach: null }),
    steps: [2],
  },
  {
    title: "a builder that throws",
    options: { max: 1, errorResponseBuilder: thrower },
    steps: [2],
  },
  {
    title: "a builder that is none",
    options: () => ({ max: 1, errorResponseBuilder: {} }),
    steps: [2],
  },
  {
    title: "a builder of an error",
    options: {
      max: 1,
      errorResponseBuilder: (_request, { max }) =>
        Object.assign(new Error(`only ${max}`), { statusCode: 418, code: "TEA" }),
    },
    steps: [2],
  },
  {
    title: "a builder of an error without a status",
    options: { max: 1, errorResponseBuilder: () => new Error("plain") },
    steps: [2],
  },
  {
    title: "a builder of an object with a status",
    options: {
      max: 1,
      errorResponseBuilder: (_request, { statusCode, after }) => ({
        statusCode,
        error: "Slow",
        after,
      }),
    },
    steps: [2],
  },
  {
    title: "a builder of an object without a status",
    options: { max: 1, errorResponseBuilder: () => ({ code: 429, what: "wait" }) },
    steps: [2],
  },
  {
    title: "a builder of a text",
    options: () => ({ max: 1, errorResponseBuilder: () => "wait" }),
    steps: [2],
  },
  {
    title: "a builder of nothing",
    options: () => ({ max: 1, errorResponseBuilder: () => undefined }),
    steps: [2],
  },
  {
    title: "a builder that is asynchronous",
    options: () => ({ max: 1, errorResponseBuilder: async () => ({ statusCode: 429 }) }),
    steps: [2],
  },
  {
    title: "a builder of an object with an error's status of 503",
    options: { max: 1, errorResponseBuilder: () => ({ statusCode: 503, message: "busy" }) },
    steps: [2],
  },
  {
    title: "what the builder is told, of a window that has begun",
    options: ({ tell }) => ({
      max: 1,
      timeWindow: 90_000,
      errorResponseBuilder: tell("build", { statusCode: 429 }),
    }),
    steps: [1, { wait: 29_500 }, 1, { wait: 60_000 }, 1, { wait: 499 }, 1],
  },
  ...[
    1, 999, 1_000, 1_001, 59_999, 60_000, 61_000, 90_000, 3_599_000, 3_600_000, 5_400_000,
    86_400_000, 129_600_000, 604_800_000,
  ].map((timeWindow): Scenario => ({
    title: `the words for ${timeWindow} ms`,
    options: { max: 0, timeWindow },
    steps: [1],
  })),
];
