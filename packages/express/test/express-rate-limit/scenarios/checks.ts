import type { ErrorRequestHandler } from "express";
import type { EnabledValidations, Options } from "express-rate-limit";

import type { Kit, Scenario } from "../side.ts";
import { modernStore } from "../stores.ts";

const untyped = (options: object): Partial<Options> => options;

const isDown = async (): Promise<never> => Promise.reject(new Error("down"));

/** Something for every check that is made when a limiter is made, or at its first request. */
const mistakes = (kit: Kit): Partial<Options> =>
  untyped({
    limit: 0,
    windowMs: 10_000,
    draft_polli_ratelimit_headers: true,
    onLimitReached: () => {},
    colour: "red",
    ipv6Subnet: 99,
    keyGenerator: (req: { ip: string }) => req.ip,
    standardHeaders: "draft-1",
    store: { ...modernStore(kit), increment: async () => ({ totalHits: 0, resetTime: undefined }) },
  });

const each: readonly (keyof EnabledValidations)[] = [
  "limit",
  "draftPolliHeaders",
  "onLimitReached",
  "knownOptions",
  "ipv6Subnet",
  "ipv6SubnetOrKeyGenerator",
  "keyGeneratorIpFallback",
  "headersDraftVersion",
  "positiveHits",
];

/** What is found to be misconfigured: its name, its code, its order, and that it is said once. */
export const checks: readonly Scenario[] = [
  { title: "many mistakes at once", options: mistakes, asks: [{ times: 2 }] },
  {
    title: "many mistakes, and no check",
    options: (kit) => ({ ...mistakes(kit), validate: false }),
    asks: [{ times: 2 }],
  },
  {
    title: "many mistakes, and every check by name",
    options: (kit) => ({ ...mistakes(kit), validate: { default: true } }),
    asks: [{}],
  },
  ...each.flatMap((name): Scenario[] => [
    {
      title: `many mistakes, and the check ${name} alone`,
      options: (kit) => ({ ...mistakes(kit), validate: { default: false, [name]: true } }),
      asks: [{ times: 2 }],
    },
    {
      title: `many mistakes, and every check but ${name}`,
      options: (kit) => ({ ...mistakes(kit), validate: { [name]: false } }),
      asks: [{}],
    },
  ]),
  {
    title: "a check that nobody knows",
    options: () => ({ validate: { colour: true } as EnabledValidations }),
    asks: [{}],
  },
  {
    title: "a check that nobody knows, and none is made",
    options: () => ({ validate: { colour: true, default: false } as EnabledValidations }),
    asks: [{}],
  },
  {
    title: "an option that nobody knows, undefined",
    options: () => untyped({ colour: undefined }),
    asks: [{}],
  },
  {
    title: "options of express-slow-down",
    options: () => untyped({ delayAfter: 1, delayMs: 2, maxDelayMs: 3 }),
    asks: [{}],
  },
  ...[0, -1, 1.5, "3", undefined, null, Number.NaN].map((totalHits): Scenario => ({
    title: `a store that counts ${String(totalHits)} ${typeof totalHits}`,
    options: (kit) => ({
      legacyHeaders: false,
      store: {
        ...modernStore(kit),
        increment: async () => ({ totalHits: totalHits as number, resetTime: undefined }),
      },
    }),
    asks: [{ times: 2 }],
  })),
  {
    title: "a limiter that is made by a request, with its own memory",
    app(app, { rateLimit, logger }) {
      app.use((req, res, next) => void rateLimit({ limit: 1, logger })(req, res, next));
    },
    asks: [{ times: 2 }],
  },
  {
    title: "a limiter that is made by a request, with a store for many",
    app(app, kit) {
      const { rateLimit, logger } = kit;
      app.use((req, res, next) => {
        const store = modernStore(kit);
        void rateLimit({ limit: 1, logger, store })(req, res, next);
      });
    },
    asks: [{ times: 2 }],
  },
  {
    title: "a limiter that is made by a request, unchecked",
    app(app, { rateLimit, logger }) {
      const validate = { creationStack: false };
      app.use((req, res, next) => void rateLimit({ limit: 1, logger, validate })(req, res, next));
    },
    asks: [{ times: 2 }],
  },
  {
    title: "a limiter that is made by each request, with one memory store",
    app(app, { rateLimit, MemoryStore, logger }) {
      const store = new MemoryStore();
      app.use((req, res, next) => void rateLimit({ limit: 1, logger, store })(req, res, next));
    },
    asks: [{ times: 3 }],
  },
  {
    title: "no logger: the console is told",
    app(app, { rateLimit, note }) {
      const { warn, error } = console;
      const told =
        (level: string) =>
        (...what: readonly unknown[]): void =>
          note(level, ...what.map((one) => (one instanceof Error ? one.name : typeof one)));
      Object.assign(console, { warn: told("warn"), error: told("error") });
      const store = { increment: isDown, decrement: () => {}, resetKey: () => {} };
      app.use(rateLimit({ limit: 0, passOnStoreError: true, store }));
      app.use(rateLimit(untyped({ limit: 0, colour: 1 })));
      app.use((_req, res) => {
        Object.assign(console, { warn, error });
        res.end();
      });
      app.use(((_error, _req, res, _next) => {
        Object.assign(console, { warn, error });
        res.end();
      }) as ErrorRequestHandler);
    },
    asks: [{}],
  },
  ...[{}, { error() {} }, "console", 7].map((logger): Scenario => ({
    title: `a logger that is none: ${JSON.stringify(logger)} ${Object.keys(logger).join()}`,
    options: () => untyped({ logger }),
    asks: [],
  })),
  {
    title: "a logger that is null",
    options: () => untyped({ logger: null }),
    asks: [{}],
  },
];
