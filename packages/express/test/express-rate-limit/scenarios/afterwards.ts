import type { Options } from "express-rate-limit";

import type { Ask, Scenario } from "../side.ts";
import { legacyStore, modernStore } from "../stores.ts";

const mixed: readonly Ask[] = [
  { path: "/fail" },
  {},
  { path: "/missing" },
  { path: "/moved" },
  { path: "/throws" },
  {},
  {},
  { path: "/fail" },
];

/** What is counted in the end, by how the response turned out. */
export const afterwards: readonly Scenario[] = [
  ...(
    [
      ["failed requests do not count", { skipFailedRequests: true }],
      ["successful requests do not count", { skipSuccessfulRequests: true }],
      ["neither counts", { skipFailedRequests: true, skipSuccessfulRequests: true }],
    ] as const
  ).flatMap(([title, options]): Scenario[] => [
    { title, options: () => ({ limit: 2, ...options }), asks: mixed },
    {
      title: `${title}, in a store of the modern contract`,
      options: (kit) => ({ limit: 2, ...options, store: modernStore(kit) }),
      asks: mixed,
    },
    {
      title: `${title}, in a store of the legacy contract`,
      options: (kit) => ({ limit: 2, ...options, store: legacyStore(kit) }),
      asks: mixed,
    },
    {
      title: `${title}, told by draft 7`,
      options: () => ({ limit: 3, ...options, standardHeaders: "draft-7", legacyHeaders: false }),
      asks: mixed,
    },
  ]),
  {
    title: "a refused request is a failed one",
    options: () => ({ limit: 1, skipFailedRequests: true }),
    asks: [{ times: 4 }],
  },
  {
    title: "a refused request of status 200 is a successful one",
    options: (kit) => ({
      limit: 1,
      statusCode: 200,
      skipFailedRequests: true,
      store: modernStore(kit),
    }),
    asks: [{ times: 4 }],
  },
  ...([true, false] as const).flatMap((answer): Scenario[] =>
    (["skipFailedRequests", "skipSuccessfulRequests"] as const).map((option) => ({
      title: `${option} where every request ${answer ? "succeeds" : "fails"} by its own rule`,
      options: ({ note }: { note: (...what: unknown[]) => void }): Partial<Options> => ({
        limit: 2,
        [option]: true,
        requestWasSuccessful: (req, res) => {
          note("judged", req.path, res.statusCode);
          return answer;
        },
      }),
      asks: [{ path: "/fail" }, {}, {}, { path: "/missing" }],
    })),
  ),
  {
    title: "success that is promised",
    options: () => ({
      limit: 2,
      skipFailedRequests: true,
      requestWasSuccessful: async (_req, res) => res.statusCode === 404,
    }),
    asks: [{ times: 3 }, { path: "/missing", times: 4 }],
  },
  {
    title: "the rule of success is not asked unless somebody wants to know",
    options: ({ note }) => ({
      limit: 2,
      requestWasSuccessful: () => {
        note("judged");
        return false;
      },
    }),
    asks: [{ times: 3 }],
  },
  {
    title: "what was counted in a window that has ended is not given back",
    app(app, kit) {
      const store = modernStore(kit, { windowMs: 1_000 });
      app.use(kit.rateLimit({ limit: 2, windowMs: 1_000, skipFailedRequests: true, store }));
      app.get("/slow", (_req, res) => {
        // The clock of the test goes on while the handler works.
        const { now } = Date;
        Date.now = () => now() + 1_000;
        res.once("finish", () => setImmediate(() => (Date.now = now)));
        res.status(500).end();
      });
    },
    asks: [{ path: "/slow" }, {}],
  },
  {
    title: "a store that cannot give back is logged",
    options: (kit) => ({
      limit: 2,
      skipFailedRequests: true,
      store: modernStore(kit, { fails: { decrement: [] } }),
    }),
    asks: [{ path: "/fail", times: 3 }],
  },
  {
    title: "a rule of success that throws is logged, and the request counts",
    options: (kit) => ({
      limit: 1,
      skipFailedRequests: true,
      store: modernStore(kit),
      requestWasSuccessful: () => {
        throw new Error("cannot say");
      },
    }),
    asks: [{ path: "/fail", times: 2 }],
  },
  {
    title: "a rule of success that rejects is logged, and the request counts",
    options: (kit) => ({
      limit: 1,
      skipSuccessfulRequests: true,
      store: modernStore(kit),
      requestWasSuccessful: async () => Promise.reject(new Error("cannot say yet")),
    }),
    asks: [{ times: 2 }],
  },
  {
    title: "a skipped request is neither counted nor given back",
    options: (kit) => ({
      limit: 1,
      skip: () => true,
      skipFailedRequests: true,
      store: modernStore(kit),
    }),
    asks: [{ path: "/fail", times: 2 }],
  },
  {
    title: "an error of the response that nobody hears is not kept from the handler",
    app(app, kit) {
      const store = modernStore(kit);
      app.use(kit.rateLimit({ limit: 2, skipSuccessfulRequests: true, store }));
      app.get("/error", (_req, res) => {
        res.emit("error", new Error("the response has failed"));
        res.end("sent all the same");
      });
    },
    asks: [{ path: "/error", times: 2 }, {}],
  },
  {
    title: "a response that the server breaks off with an error is not counted",
    app(app, kit) {
      const store = modernStore(kit);
      app.use(kit.rateLimit({ limit: 2, skipFailedRequests: true, store }));
      app.get("/error", (_req, res) => {
        res.emit("error", new Error("the response has failed"));
        res.end("sent all the same");
      });
    },
    asks: [{ path: "/error", times: 2 }, {}],
  },
];
