import type { FastifyInstance } from "fastify";

import type { Scenario } from "../scenario.ts";

type Callback = (error: Error | null, result?: unknown) => void;

/** A class of stores whose `incr` is `incr`, and whose children are of it too. */
function storeOf(
  incr: (callback: Callback, key: string) => void,
  read?: (callback: Callback) => void,
) {
  return class Store {
    incr(key: string, callback: Callback): void {
      incr(callback, key);
    }
    child(): Store {
      return new Store();
    }
    static {
      if (read)
        Object.assign(this.prototype, {
          read: (_key: string, callback: Callback) => read(callback),
        });
    }
  };
}

const failing = storeOf((callback) => callback(new Error("store down")));
const throwing = storeOf(() => {
  throw new Error("store broken");
});
const silent = storeOf((callback) => callback(null));
const fixed = (current: number, ttl: number) =>
  storeOf((callback) => callback(null, { current, ttl }));
const late = storeOf((callback) => setImmediate(() => callback(null, { current: 2, ttl: 1_234 })));

const unmade = function Store(): void {
  throw new Error("no store");
};

const asking = (app: FastifyInstance): void => {
  const check = app.createRateLimit();
  app.get("/", { config: { rateLimit: false } }, async (request) => check(request));
  app.get("/look", { config: { rateLimit: false } }, async (request) =>
    check(request, { increment: false }),
  );
};

/** What counts, where it is not the plugin's own. */
export const stores: readonly Scenario[] = [
  { title: "a store of one's own", options: ({ Store }) => ({ max: 1, store: Store }), steps: [2] },
  {
    title: "a store, and what it is told of the options",
    options: ({ Store }) => ({
      store: Store,
      max: 1.5,
      timeWindow: "2s",
      ban: 2,
      skipOnError: true,
      hook: "preHandler",
      enableDraftSpec: true,
      allowList: ["x"],
      ipv6Subnet: 56.7,
      continueExceeding: true,
      exponentialBackoff: true,
      global: true,
    }),
    steps: [1],
  },
  {
    title: "a store, and what its child is told of a route",
    options: ({ Store }) => ({ store: Store, max: 5 }),
    routes: (app) => {
      app.get(
        "/own",
        {
          exposeHeadRoute: false,
          config: { rateLimit: { max: 1, timeWindow: "9s", own: "kept" } as object },
        },
        () => "own",
      );
    },
    steps: ["/own", "/own"],
  },
  {
    title: "a store and its children for HEAD and GET",
    options: ({ Store }) => ({ store: Store, max: 5 }),
    routes: (app) => app.get("/own", { config: { rateLimit: {} } }, () => "own"),
    steps: ["HEAD /own", "/own"],
  },
  {
    title: "a store whose child is for a hook",
    options: ({ Store }) => ({ store: Store, max: 5 }),
    routes: (app) =>
      app.get(
        "/",
        { preHandler: app.rateLimit({ max: 1 }), config: { rateLimit: false } },
        () => "hello",
      ),
    steps: [2],
  },
  {
    title: "a store whose child is asked",
    options: ({ Store }) => ({ store: Store, max: 5 }),
    routes: (app) => {
      const check = app.createRateLimit({ max: 1, timeWindow: 100 });
      app.get("/", { config: { rateLimit: false } }, async (request) => check(request));
    },
    steps: [2],
  },
  {
    title: "a store and a limit by request",
    options: ({ Store }) => ({ store: Store, max: () => 2, timeWindow: async () => 77 }),
    steps: [3],
  },
  {
    title: "a store and a key that is a number",
    options: ({ Store }) => ({ store: Store, keyGenerator: () => 5 }),
    steps: [1],
  },
  { title: "a store that answers later", options: () => ({ max: 1, store: late }), steps: [1] },
  {
    title: "a store that says a fraction of a second",
    options: () => ({ max: 1, store: fixed(1, 10.5) }),
    steps: [1],
  },
  {
    title: "a store that says no time",
    options: () => ({ max: 1, store: fixed(9, 0) }),
    steps: [1],
  },
  {
    title: "a store that says less than no time",
    options: () => ({ max: 1, store: fixed(9, -1) }),
    steps: [1],
  },
  {
    title: "a store that has counted nothing",
    options: () => ({ max: 0, store: fixed(0, 100) }),
    steps: [1],
  },
  { title: "a store that fails", options: () => ({ max: 1, store: failing }), steps: [2] },
  {
    title: "a store that fails, which is skipped",
    options: () => ({ max: 1, store: failing, skipOnError: true }),
    steps: [2],
  },
  {
    title: "a store that fails, which is skipped, of a limit of nothing",
    options: () => ({ max: 0, store: failing, skipOnError: true }),
    steps: [1],
  },
  {
    title: "a store that fails, which is skipped, and who is told",
    options: ({ tell }) => ({
      max: 1,
      store: failing,
      skipOnError: true,
      onExceeding: tell("passes"),
      enableDraftSpec: true,
    }),
    steps: [1],
  },
  {
    title: "a store that fails, which is skipped by one route",
    options: () => ({ max: 1, store: failing }),
    routes: (app) => {
      app.get("/", () => "hello");
      app.get("/own", { config: { rateLimit: { skipOnError: true } } }, () => "own");
    },
    steps: ["/", "/own"],
  },
  { title: "a store that throws", options: () => ({ store: throwing }), steps: [1] },
  {
    title: "a store that throws, which is skipped",
    options: () => ({ store: throwing, skipOnError: true }),
    steps: [1],
  },
  {
    title: "a store that says nothing",
    options: () => ({ store: silent, skipOnError: true }),
    steps: [1],
  },
  {
    title: "a store that fails with a status",
    options: () => ({
      store: storeOf((callback) =>
        callback(Object.assign(new Error("later"), { statusCode: 503 })),
      ),
    }),
    steps: [1],
  },
  {
    title: "a store that cannot look",
    options: () => ({ store: fixed(1, 500) }),
    routes: asking,
    steps: ["/", "/look"],
  },
  {
    title: "a store that cannot look, where errors are skipped",
    options: () => ({ store: fixed(1, 500), skipOnError: true }),
    routes: asking,
    steps: ["/look"],
  },
  {
    title: "a store that can look",
    options: () => ({
      max: 1,
      store: storeOf(
        (callback) => callback(null, { current: 2, ttl: 5 }),
        (callback) => callback(null, { current: 1, ttl: 3 }),
      ),
    }),
    routes: asking,
    steps: ["/look", "/", "/look"],
  },
  {
    title: "a store that fails to look",
    options: () => ({
      max: 1,
      store: storeOf(
        (callback) => callback(null, { current: 2, ttl: 5 }),
        (callback) => callback(new Error("blind")),
      ),
    }),
    routes: asking,
    steps: ["/look"],
  },
  {
    title: "a store whose class throws",
    options: () => ({
      store: unmade,
    }),
    steps: [1],
  },
];
