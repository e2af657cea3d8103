import type { Options, Scenario } from "../side.ts";

const untyped = (options: object): Options => options;

/** What is counted, and when. */
export const windows: readonly Scenario[] = [
  { title: "no options: five requests, then refusals", asks: [{ times: 7 }] },
  { title: "a limit of one", options: () => ({ limit: 1 }), asks: [{ times: 3 }] },
  { title: "a limit of zero refuses all", options: () => ({ limit: 0 }), asks: [{ times: 2 }] },
  { title: "a limit below zero", options: () => ({ limit: -3 }), asks: [{ times: 2 }] },
  {
    title: "a limit that is no whole number",
    options: () => ({ limit: 1.5 }),
    asks: [{ times: 3 }],
  },
  { title: "a limit without an end", options: () => ({ limit: Infinity }), asks: [{ times: 3 }] },
  {
    title: "a limit that is no number",
    options: () => ({ limit: Number.NaN }),
    asks: [{ times: 3 }],
  },
  {
    title: "a limit written as a string",
    options: () => untyped({ limit: "2" }),
    asks: [{ times: 4 }],
  },
  {
    title: "options that are undefined are as if not given",
    options: () => untyped({ limit: undefined, windowMs: undefined, message: undefined }),
    asks: [{ times: 6 }],
  },
  {
    title: "a limit that depends on the request",
    options: () => ({
      limit: (c) => (c.req.header("x-tier") === "pro" ? 3 : 1),
      keyGenerator: (c) => c.req.header("x-tier") ?? "free",
    }),
    asks: [{ headers: { "x-tier": "pro" }, times: 4 }, { times: 2 }],
  },
  {
    title: "a limit that is promised",
    options: () => ({ limit: async () => 2 }),
    asks: [{ times: 3 }],
  },
  {
    title: "a window begins with the first request and ends a window later, to the millisecond",
    options: () => ({ limit: 2, windowMs: 10_000 }),
    asks: [{ times: 3 }, { after: 9_999 }, { after: 1, times: 3 }],
  },
  {
    title: "a window begins anew with the first request after its end",
    options: () => ({ limit: 1, windowMs: 1_000 }),
    asks: [{ times: 2 }, { after: 1_700, times: 2 }, { after: 999 }, { after: 1, times: 2 }],
  },
  {
    title: "a client that comes every half window",
    options: () => ({ limit: 3, windowMs: 1_000 }),
    asks: [{}, { after: 500 }, { after: 500 }, { after: 500 }, { after: 500 }, { after: 500 }],
  },
  {
    title: "a client that stays away for several windows",
    options: () => ({ limit: 1, windowMs: 1_000 }),
    asks: [{ times: 2 }, { after: 4_700, times: 2 }, { after: 1_000 }],
  },
  {
    title: "a window shorter than a second",
    options: () => ({ limit: 1, windowMs: 250 }),
    asks: [{ times: 2 }, { after: 249 }, { after: 1, times: 2 }],
  },
  {
    title: "a window of a millisecond",
    options: () => ({ limit: 1, windowMs: 1 }),
    asks: [{ times: 2 }, { after: 1, times: 2 }],
  },
  {
    title: "a window of a day",
    options: () => ({ limit: 1, windowMs: 86_400_000 }),
    asks: [{ times: 2 }, { after: 86_399_999 }, { after: 1 }],
  },
  {
    title: "a window that is no whole number of milliseconds",
    options: () => ({ limit: 1, windowMs: 1_000.5 }),
    asks: [{ times: 2 }, { after: 1_000 }, { after: 1 }],
  },
  {
    title: "methods count alike",
    options: () => ({ limit: 3 }),
    asks: ["GET", "POST", "OPTIONS", "DELETE"].map((method) => ({ method })),
  },
  { title: "HEAD", options: () => ({ limit: 1 }), asks: [{ method: "HEAD", times: 2 }] },
  {
    title: "the state is under the name that is asked for",
    options: () => ({ requestPropertyName: "quota" }),
    asks: [{}],
  },
  {
    title: "the store is under the name that is asked for",
    options: () => ({ requestStorePropertyName: "quotaStore" }),
    asks: [{}],
  },
  {
    title: "a response of the web, as it is",
    options: () => ({ limit: 1 }),
    asks: [{ path: "/bare", times: 2 }],
  },
  { title: "a stream", options: () => ({ limit: 1 }), asks: [{ path: "/stream", times: 2 }] },
  { title: "a redirect", options: () => ({ limit: 2 }), asks: [{ path: "/moved", times: 3 }] },
  {
    title: "a handler that throws",
    options: () => ({ limit: 2 }),
    asks: [{ path: "/throws", times: 3 }],
  },
];
