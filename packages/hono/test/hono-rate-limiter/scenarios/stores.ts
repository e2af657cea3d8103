import type { Options, Scenario } from "../side.ts";
import { otherStore, storage } from "../stores.ts";

const untyped = (options: object): Options => options;
const all = { keyGenerator: () => "all" };

/** Stores, and how they fail. */
export const stores: readonly Scenario[] = [
  {
    title: "another's store",
    options: (kit) => ({ limit: 2, store: otherStore(kit) }),
    asks: [{ times: 4 }, { after: 60_000 }],
  },
  {
    title: "another's store that answers at once",
    options: (kit) => ({ limit: 2, store: otherStore(kit, { sync: true }) }),
    asks: [{ times: 4 }],
  },
  {
    title: "another's store that cannot tell of a client",
    options: (kit) => ({ limit: 2, store: otherStore(kit, { hasGet: false }) }),
    asks: [{ times: 2 }],
  },
  {
    title: "a memory store of the package, made by hand",
    options: ({ MemoryStore }) => ({ limit: 2, windowMs: 1_000, store: new MemoryStore() }),
    asks: [{ times: 3 }, { after: 1_000 }],
  },
  {
    title: "a memory store is asked by hand",
    app(app, { rateLimiter, MemoryStore, note }) {
      const store = new MemoryStore();
      app.use(rateLimiter({ limit: 9, windowMs: 1_000, store, ...all }));
      app.use(async () => {
        store.increment("b");
        store.increment("b");
        note({ ...store.get("all") }, { ...store.get("b") }, store.get("c"));
        store.decrement("b");
        store.decrement("all");
        store.decrement("all");
        note({ ...store.get("all") }, { ...store.get("b") });
        store.resetKey("b");
        note(store.get("b"), store.current.size, store.previous.size);
        store.resetAll();
        note(store.get("all"));
        store.shutdown();
        return new Response();
      });
    },
    asks: [{}, { after: 500 }, { after: 700 }],
  },
  {
    title: "a client is forgotten, and told of, by the context",
    app(app, { rateLimiter }) {
      app.use(rateLimiter({ limit: 3, ...all }));
      app.get("/forget", async (c) => {
        const { getKey, resetKey } = c.get("rateLimitStore") as {
          getKey: (key: string) => object | undefined;
          resetKey: (key: string) => void;
        };
        const before = { ...getKey("all") };
        resetKey("all");
        return c.json([before, getKey("all") ?? null]);
      });
    },
    asks: [{ times: 2 }, { path: "/forget" }, { times: 4 }],
  },
  {
    title: "another's store is asked by the context",
    app(app, kit) {
      app.use(kit.rateLimiter({ limit: 2, store: otherStore(kit), ...all }));
      app.get("/forget", async (c) => {
        const { getKey, resetKey } = c.get("rateLimitStore") as {
          getKey: (key: string) => Promise<object | undefined>;
          resetKey: (key: string) => Promise<void>;
        };
        const before = await getKey("all");
        await resetKey("all");
        return c.json([before ?? null, (await getKey("all")) ?? null]);
      });
    },
    asks: [{}, { path: "/forget" }, { times: 3 }],
  },
  ...(
    [
      ["an empty object", {}],
      ["null", null],
      ["a string", "memory"],
      ["one that cannot count", { decrement() {}, resetKey() {} }],
    ] as const
  ).map(([what, store]): Scenario => ({
    title: `what is no store: ${what}`,
    options: () => untyped({ store }),
    asks: [],
  })),
  {
    title: "a store that cannot count",
    options: (kit) => ({ store: otherStore(kit, { fails: { increment: [2] } }) }),
    asks: [{ times: 3 }],
  },
  {
    title: "a store that throws at once",
    options: (kit) => ({ store: otherStore(kit, { sync: true, fails: { increment: [1] } }) }),
    asks: [{ times: 2 }],
  },
  {
    title: "a store that cannot be initialized",
    options: (kit) => ({ store: otherStore(kit, { fails: { init: [] } }) }),
    asks: [{}],
  },
  {
    title: "a store that answers nothing fails",
    options: () =>
      untyped({ skip: () => false, store: { increment() {}, decrement() {}, resetKey() {} } }),
    asks: [],
  },
  {
    title: "what a store's init is told",
    options: (kit) => ({
      limit: 8,
      store: {
        ...otherStore(kit),
        init(options) {
          const { windowMs, limit, standardHeaders, statusCode, message } = options;
          kit.note({ windowMs, limit, standardHeaders, statusCode, message });
          kit.note(Object.keys(options).toSorted((one, other) => one.localeCompare(other)));
        },
      },
    }),
    asks: [{}],
  },
  {
    title: "a storage of unstorage's",
    options: ({ note, UnstorageStore }) => ({
      limit: 2,
      windowMs: 1_000,
      store: new UnstorageStore({ storage: storage(note) }),
    }),
    asks: [{ times: 3 }, { after: 999 }, { after: 1, times: 2 }],
  },
  {
    title: "a storage of unstorage's, with a prefix, from which is given back",
    options: ({ note, UnstorageStore }) => ({
      limit: 2,
      skipFailedRequests: true,
      store: new UnstorageStore({ storage: storage(note), prefix: "own:" }),
    }),
    asks: [{ path: "/fail", times: 3 }, { times: 3 }],
  },
  {
    title: "a storage of unstorage's that answers with objects",
    options: ({ note, UnstorageStore }) => {
      const kept = storage(note);
      const get = async (key: string): Promise<unknown> => {
        const text = await kept.get(key);
        return typeof text === "string" ? JSON.parse(text) : undefined;
      };
      return { limit: 2, store: new UnstorageStore({ storage: { ...kept, get } }) };
    },
    asks: [{ times: 3 }],
  },
  {
    title: "more is given back to a storage of unstorage's than was counted",
    app(app, { rateLimiter, UnstorageStore, note }) {
      const store = new UnstorageStore({ storage: storage() });
      app.get("/back", async (c) => {
        for (let times = 0; times < 3; times++) await store.decrement("all");
        await store.decrement("nobody");
        note((await store.get("all"))?.totalHits, (await store.get("nobody"))?.totalHits);
        return c.text("given back");
      });
      app.use(rateLimiter({ limit: 2, store, ...all }));
    },
    asks: [{}, { path: "/back" }, { times: 3 }],
  },
  {
    title: "a client is forgotten in a storage of unstorage's",
    app(app, { rateLimiter, UnstorageStore, note }) {
      const store = new UnstorageStore({ storage: storage(note) });
      app.get("/forget", async (c) => {
        note(store.prefixKey("all"), store.prefix, store.windowMs);
        await store.resetKey("all");
        return c.text("forgotten");
      });
      app.use(rateLimiter({ limit: 1, store, ...all }));
    },
    asks: [{ times: 2 }, { path: "/forget" }, { times: 2 }],
  },
];
