import type { RateLimitOptions } from "@sluice/fastify/fastify-rate-limit";
import type { InjectOptions } from "fastify";
import { describe, expect, it } from "vitest";

import { grouped } from "./grouped.ts";
import { play } from "./play.ts";
import { ours, theirs } from "./plugins.ts";
import type { Scenario, Step } from "./scenario.ts";
import { both } from "./statuses.ts";

const second = { wait: 1_000 };
const by = (key: string): Step => ({ url: "/", headers: { "x-key": key } });
const byHeader: RateLimitOptions = { keyGenerator: ({ headers }) => String(headers["x-key"]) };

const named = (prefix: string): string[] =>
  ["limit", "remaining", "reset"].map((name) => `${prefix}-${name}`);

interface Difference extends Scenario {
  readonly theirs: readonly number[];
  readonly ours: readonly number[];
}

const differences: readonly Difference[] = [
  {
    title: "counts routes of one groupId together",
    routes: grouped,
    steps: ["/send", "/resend", "/send", "/resend", "/other"],
    theirs: [200, 200, 200, 200, 200],
    ours: [200, 200, 429, 429, 200],
  },
  {
    title: "counts hooks of one groupId together",
    options: { global: false },
    routes: (app) => {
      for (const url of ["/a", "/b"]) {
        app.get(url, { preHandler: app.rateLimit({ max: 1, groupId: "A" }) }, () => "done");
      }
    },
    steps: ["/a", "/b"],
    theirs: [200, 200],
    ours: [200, 429],
  },
  {
    title: "refuses for as long as exponentialBackoff says",
    options: { max: 1, timeWindow: 1_000, exponentialBackoff: true },
    // Refused four times, the last for eight seconds, and then for 16 and 32.
    steps: [5, second, 1, { wait: 15_999 }, 1, { wait: 32_000 }, 1],
    theirs: [200, 429, 429, 429, 429, 200, 200, 200],
    ours: [200, 429, 429, 429, 429, 429, 429, 200],
  },
  {
    title: "keeps the plugin's number of keys for a route with options",
    options: { ...byHeader, cache: 2 },
    routes: (app) => app.get("/", { config: { rateLimit: { max: 1 } } }, () => "hello"),
    steps: [by("a"), by("b"), by("c"), by("a")],
    theirs: [200, 200, 200, 429],
    ours: [200, 200, 200, 200],
  },
  {
    title: "never counts for good where a window is found to be no time",
    options: () => ({ max: 1, timeWindow: () => undefined }),
    steps: [2, { wait: 86_400_000 }, 1],
    theirs: [200, 429, 429],
    ours: [500, 500, 500],
  },
  {
    title: "frees nobody and keeps nobody out when the clock steps back",
    options: { max: 1, timeWindow: 1_000 },
    steps: [2, { wait: -3_600_000 }, 1, second, 1],
    theirs: [200, 429, 429, 429],
    ours: [200, 429, 429, 200],
  },
  {
    title: "tells keys apart by their text, as in Redis",
    options: { max: 1, keyGenerator: ({ headers }) => ("x-number" in headers ? 7 : "7") },
    steps: [1, { url: "/", headers: { "x-number": "1" } }],
    theirs: [200, 200],
    ours: [200, 429],
  },
  {
    title: "gives routes that share a list of hooks limits of their own",
    routes: (app) => {
      const onRequest = [async () => {}];
      app.get("/a", { onRequest, config: { rateLimit: { max: 1 } } }, () => "a");
      app.get("/b", { onRequest, config: { rateLimit: { max: 3 } } }, () => "b");
      app.get("/free", { onRequest, config: { rateLimit: false } }, () => "free");
    },
    steps: ["/a", "/b", "/b", "/free", "/free"],
    theirs: [200, 429, 429, 429, 429],
    ours: [200, 200, 200, 200, 200],
  },
  {
    title: "has the plugin's options where a route says undefined, or what is no value",
    options: { max: 1, ban: 0 },
    routes: (app) => {
      const said: object = { max: undefined, onExceeded: undefined, timeWindow: undefined };
      app.get("/", { config: { rateLimit: said } }, () => "hello");
      app.get("/less", { config: { rateLimit: { max: -1 } } }, () => "less");
    },
    steps: [2, "/less", "/less"],
    theirs: [200, 200, 200, 200],
    ours: [200, 403, 200, 403],
  },
];

describe("in place of @fastify/rate-limit", () => {
  it.each(differences.map((row) => [row.title, row] as const))("%s", async (_title, row) => {
    expect(await both(row)).toEqual([row.theirs, row.ours]);
  });

  it("keeps a key that is refused, and one that is banned, however many fresh ones come", async () => {
    const options = { ...byHeader, max: 1, ban: 1, cache: 3 };
    const fresh = Array.from({ length: 500 }, (_, at) => by(`fresh ${at}`));
    const steps = [by("a"), by("a"), by("b"), by("b"), by("b"), ...fresh, by("a"), by("b")];
    const [theirAnswers, ourAnswers] = await both({ options, steps });
    expect(theirAnswers!.slice(-2)).toEqual([200, 200]);
    expect(ourAnswers!.slice(-2)).toEqual([403, 403]);
  });

  it.each([
    ["theirs", theirs, 3],
    ["ours", ours, 2],
  ])("makes one child of a store for a group: %s", async (_name, plugin, expected) => {
    const scenario: Scenario = {
      title: "",
      server: { exposeHeadRoutes: false },
      options: ({ Store }) => ({ store: Store }),
      routes: grouped,
      steps: [],
    };
    const seen = await play(plugin, scenario);
    expect(seen.filter((one) => Array.isArray(one) && one[1] === "child")).toHaveLength(expected);
  });

  it.each([
    ["theirs", theirs, '{"ttl":0,"isExceeded":false}'],
    ["ours", ours, '{"ttl":2500,"isExceeded":true}'],
  ])("looks at as much time as exponentialBackoff says: %s", async (_name, plugin, body) => {
    const seen = await play(plugin, {
      title: "",
      options: { max: 0, timeWindow: 1_000, exponentialBackoff: true },
      routes: (app) => {
        const check = app.createRateLimit();
        app.get("/", { config: { rateLimit: false } }, async (request) => check(request));
        app.get("/look", { config: { rateLimit: false } }, async (request) => {
          const answer = await check(request, { increment: false });
          return answer.isAllowed ? undefined : { ttl: answer.ttl, isExceeded: answer.isExceeded };
        });
      },
      steps: [3, { wait: 1_500 }, "/look"],
    });
    expect(seen.at(-1)).toMatchObject({ body });
  });

  const noReset = { addHeadersOnExceeding: { "x-ratelimit-reset": false } };

  it.each([
    [
      "has the names of headers that a route asks for: theirs",
      theirs,
      { enableDraftSpec: true },
      named("x-ratelimit"),
    ],
    [
      "has the names of headers that a route asks for: ours",
      ours,
      { enableDraftSpec: true },
      named("ratelimit"),
    ],
    ["leaves out the headers that a route names, and no others: theirs", theirs, noReset, []],
    [
      "leaves out the headers that a route names, and no others: ours",
      ours,
      noReset,
      named("x-ratelimit").slice(0, 2),
    ],
  ])("%s", async (_title, plugin, rateLimit, expected) => {
    const [answer] = await play(plugin, {
      title: "",
      routes: (app) => app.get("/", { config: { rateLimit } }, () => "hello"),
      steps: [1],
    });
    const { headers } = answer as { headers: NonNullable<InjectOptions["headers"]> };
    expect(Object.keys(headers).filter((name) => name.includes("ratelimit"))).toEqual(expected);
  });

  it.each([
    ["theirs", theirs, 0],
    ["ours", ours, 2],
  ])(
    "counts in the store that a route or a limiter brings: %s",
    async (_name, plugin, expected) => {
      const seen = await play(plugin, {
        title: "",
        routes: (app, { Store }) => {
          const check = app.createRateLimit({ store: Store });
          app.get("/", { config: { rateLimit: false } }, async (request) => check(request));
          app.get("/own", { config: { rateLimit: { store: Store } } }, () => "own");
        },
        steps: [1, "/own"],
      });
      expect(seen.filter((one) => Array.isArray(one) && one[1] === "incr")).toHaveLength(expected);
    },
  );

  it.each([
    [
      "a window that is no time",
      { timeWindow: "soon" },
      500,
      'timeWindow must be a time, as "1 minute", got "soon"',
    ],
    [
      "a window of no time at all",
      { timeWindow: "0 s" },
      500,
      'timeWindow must be a time, as "1 minute", got "0 s"',
    ],
    [
      "a window of less than no time",
      { timeWindow: "-5 s" },
      200,
      'timeWindow must be a time, as "1 minute", got "-5 s"',
    ],
    [
      "a hook that there is not",
      { hook: "prehandler" },
      200,
      'hook must be one of onRequest, preParsing, preValidation, preHandler, got "prehandler"',
    ],
    [
      "a list that is a text",
      { allowList: "127.0.0.1" },
      200,
      'allowList must be a list of keys or a function, got "127.0.0.1"',
    ],
    [
      "a list that is a number",
      { allowList: 7 },
      500,
      "allowList must be a list of keys or a function, got 7",
    ],
    [
      "a Redis that is none",
      { redis: {} },
      "this.redis.defineCommand is not a function",
      "redis must be a client of ioredis or iovalkey, got an object",
    ],
    [
      "a table of less than nothing",
      { cache: -1 },
      "Invalid max value",
      "cache must be a whole number, got -1",
    ],
  ])("does not start with what cannot work: %s", async (_title, options, first, ourWords) => {
    expect(await both({ options: () => options, steps: [1] })).toEqual([[first], [ourWords]]);
  });
});
