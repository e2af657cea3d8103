import type { Options } from "express-rate-limit";

import type { Kit, Scenario } from "../side.ts";
import { legacyStore, modernStore } from "../stores.ts";

const untyped = (options: object): Partial<Options> => options;
const no = (): void => {};

/** Stores of both contracts, and how they fail. */
export const stores: readonly Scenario[] = [
  {
    title: "a store of the modern contract",
    options: (kit) => ({ limit: 2, store: modernStore(kit) }),
    asks: [{ times: 4 }, { after: 60_000 }],
  },
  {
    title: "a store of the modern contract that answers at once",
    options: (kit) => ({ limit: 2, store: modernStore(kit, { sync: true }) }),
    asks: [{ times: 4 }],
  },
  {
    title: "a store of the legacy contract",
    options: (kit) => ({ limit: 2, store: legacyStore(kit) }),
    asks: [{ times: 4 }],
  },
  {
    title: "a store of both contracts is a modern one",
    options: (kit) => untyped({ limit: 2, store: { ...legacyStore(kit), ...modernStore(kit) } }),
    asks: [{ times: 3 }],
  },
  {
    title: "a memory store of the package, made by hand",
    options: ({ MemoryStore }) => ({ limit: 2, windowMs: 1_000, store: new MemoryStore() }),
    asks: [{ times: 3 }, { after: 1_000 }],
  },
  {
    title: "a memory store is asked by hand",
    app(app, { rateLimit, MemoryStore, note }) {
      const store = new MemoryStore();
      app.use(rateLimit({ limit: 9, windowMs: 1_000, store, keyGenerator: () => "a" }));
      app.use(async (_req, res) => {
        await store.increment("b");
        await store.increment("b");
        note({ ...(await store.get("a")) }, { ...(await store.get("b")) }, store.localKeys);
        await store.decrement("b");
        await store.decrement("a");
        await store.decrement("a");
        note({ ...(await store.get("a")) }, { ...(await store.get("b")) }, store.windowMs);
        await store.resetKey("b");
        note(await store.get("b"), await store.get("c"));
        await store.resetAll();
        note(await store.get("a"));
        store.shutdown();
        res.end();
      });
    },
    asks: [{}, { after: 500 }, { after: 700 }],
  },
  {
    title: "a memory store that somebody has changed",
    app(app, { rateLimit, MemoryStore, note }) {
      const store = new MemoryStore();
      const { increment, decrement } = store;
      store.increment = async (key) => {
        note("increment", key);
        const { totalHits, resetTime } = await increment.call(store, key);
        return { totalHits: totalHits * 2, resetTime };
      };
      store.decrement = async (key) => {
        note("decrement", key);
        await decrement.call(store, key);
      };
      app.use(rateLimit({ limit: 3, store, keyGenerator: () => "a", skipFailedRequests: true }));
    },
    asks: [{}, {}, { path: "/fail" }],
  },
  {
    title: "getKey and resetKey of a modern store",
    app(app, kit) {
      const limiter = kit.rateLimit({ limit: 1, store: modernStore(kit), keyGenerator: () => "a" });
      app.get("/forget", async (_req, res) => {
        const before = await limiter.getKey("a");
        limiter.resetKey("a");
        res.json([before, (await limiter.getKey("a")) ?? null]);
      });
      app.use(limiter);
    },
    asks: [{ times: 2 }, { path: "/forget" }, {}],
  },
  {
    title: "getKey of a store that cannot tell",
    app(app, kit) {
      const limiter = kit.rateLimit({ store: legacyStore(kit) });
      try {
        void limiter.getKey("a");
      } catch (error) {
        kit.note("thrown", error instanceof Error);
      }
    },
    asks: [],
  },
  {
    title: "resetKey of a legacy store",
    app(app, kit) {
      const store = legacyStore(kit, { hasResetAll: true });
      const limiter = kit.rateLimit({ limit: 1, store, keyGenerator: () => "a" });
      app.get("/forget", (_req, res) => {
        limiter.resetKey("a");
        res.end();
      });
      app.use(limiter);
    },
    asks: [{ times: 2 }, { path: "/forget" }, {}],
  },
  ...[true, false].map((hasResetAll): Scenario => ({
    title: `resetAll of a legacy store ${hasResetAll ? "" : "that has none, "}as a handler finds it`,
    options: (kit) => ({
      limit: 1,
      store: legacyStore(kit, { hasResetAll }),
      handler: async (_req, res, _next, { store }) => {
        if ("increment" in store) await store.resetAll?.();
        res.sendStatus(429);
      },
    }),
    asks: [{ times: 3 }],
  })),
  ...(
    [
      ["one that is empty", {}],
      ["one without decrement", { increment: no, resetKey: no }],
      ["one without resetKey", { increment: no, decrement: no }],
      ["one whose resetAll is none", { increment: no, decrement: no, resetKey: no, resetAll: 1 }],
      ["one whose init is none", { increment: no, decrement: no, resetKey: no, init: "now" }],
      ["a legacy one without decrement", { incr: no, resetKey: no }],
    ] as const
  ).map(([what, store]): Scenario => ({
    title: `what is no store: ${what}`,
    options: () => untyped({ store }),
    asks: [],
  })),
  ...["a string", 7, true].map((store): Scenario => ({
    title: `what is no store: ${typeof store}`,
    options: () => untyped({ store }),
    asks: [],
  })),
  {
    title: "a store that is null is as if there were none",
    options: () => untyped({ limit: 1, store: null }),
    asks: [{ times: 2 }],
  },
  {
    title: "a store that cannot count",
    options: (kit) => ({ store: modernStore(kit, { fails: { increment: [2] } }) }),
    asks: [{ times: 3 }],
  },
  {
    title: "a store that cannot count, and requests pass",
    options: (kit) => ({
      limit: 1,
      passOnStoreError: true,
      store: modernStore(kit, { fails: { increment: [2, 3] } }),
    }),
    asks: [{ times: 4 }],
  },
  {
    title: "a store that throws at once, and requests pass",
    options: (kit) => ({
      passOnStoreError: true,
      skipFailedRequests: true,
      store: modernStore(kit, { sync: true, fails: { increment: [] } }),
    }),
    asks: [{ path: "/fail" }, {}],
  },
  {
    title: "a legacy store that cannot count",
    options: (kit) => ({ store: legacyStore(kit, { failsAt: 2 }) }),
    asks: [{ times: 3 }],
  },
  {
    title: "a legacy store that cannot count, and requests pass",
    options: (kit) => ({ passOnStoreError: true, store: legacyStore(kit, { failsAt: 1 }) }),
    asks: [{ times: 2 }],
  },
  {
    title: "a store that answers nothing",
    options: () => untyped({ store: { increment: no, decrement: no, resetKey: no } }),
    asks: [{}],
  },
  {
    title: "a store that cannot be initialized, and counts all the same",
    options: (kit) => ({ limit: 1, store: modernStore(kit, { fails: { init: [] } }) }),
    asks: [{ times: 2 }],
  },
  {
    title: "a store whose init is rejected, and counts all the same",
    options: (kit) => ({
      limit: 1,
      store: {
        ...modernStore(kit),
        init: async () => Promise.reject(new Error("init was rejected")),
      },
    }),
    asks: [{ times: 2 }],
  },
  {
    title: "what a store's init is told",
    options: (kit: Kit) => ({
      standardHeaders: true,
      max: 8,
      store: {
        ...modernStore(kit),
        init(options) {
          const { windowMs, limit, max, standardHeaders, statusCode, message, validate } = options;
          kit.note({ windowMs, limit, max, standardHeaders, statusCode, message, validate });
          kit.note(Object.keys(options).toSorted());
        },
      },
    }),
    asks: [{}],
  },
  {
    title: "a store whose times are not dates",
    options: (kit) =>
      untyped({
        limit: 1,
        store: {
          ...modernStore(kit),
          increment: async () => ({ totalHits: 2, resetTime: Date.now() + 1_000 }),
        },
      }),
    asks: [{}],
  },
  {
    title: "a store whose window has ended already",
    options: (kit) => ({
      limit: 1,
      standardHeaders: "draft-7",
      store: {
        ...modernStore(kit),
        increment: async () => ({ totalHits: 2, resetTime: new Date(Date.now() - 5_000) }),
      },
    }),
    asks: [{}],
  },
];
