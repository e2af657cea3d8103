import type { Scenario } from "../side.ts";
import { otherStore } from "../stores.ts";

const throws = (): never => {
  throw new Error("the callback has thrown");
};
const rejects = async (): Promise<never> => Promise.reject(new Error("the callback has rejected"));

const failing = ["skip", "keyGenerator", "limit", "message", "handler", "requestWasSuccessful"];

/** Options that are functions: when they are called, with what, and how they fail. */
export const callbacks: readonly Scenario[] = [
  ...failing.flatMap((option): Scenario[] => [
    {
      title: `${option} that throws`,
      options: () => ({ limit: 1, skipFailedRequests: true, [option]: throws }),
      asks: [{ times: 3 }],
    },
    {
      title: `${option} that rejects`,
      options: () => ({ limit: 1, skipSuccessfulRequests: true, [option]: rejects }),
      asks: [{ times: 3 }],
    },
  ]),
  {
    title: "a limit that throws leaves the request counted",
    options: (kit) => ({
      store: otherStore(kit),
      limit: (c) => (c.req.path === "/bad" ? throws() : 2),
    }),
    asks: [{ path: "/bad", times: 2 }, { times: 2 }],
  },
  {
    title: "each is called once, in one order, for a request that passes and one that does not",
    options(kit) {
      const noted =
        <T>(name: string, value: T) =>
        async (c: { req: { path: string } }): Promise<T> => {
          kit.note(name, c.req.path);
          return value;
        };
      return {
        skip: noted("skip", false),
        keyGenerator: noted("keyGenerator", "all"),
        limit: noted("limit", 1),
        message: noted("message", "no"),
        requestWasSuccessful: noted("requestWasSuccessful", true),
        skipFailedRequests: true,
        store: otherStore(kit),
      };
    },
    asks: [{ path: "/a" }, { path: "/b" }],
  },
  {
    title: "a skipped request is neither counted nor told of",
    options: (kit) => ({
      limit: 1,
      skip: (c) => c.req.path === "/health",
      store: otherStore(kit),
    }),
    asks: [{ path: "/health", times: 3 }, { times: 2 }, { path: "/health" }],
  },
  {
    title: "a skip that promises",
    options: () => ({ limit: 1, skip: async (c) => c.req.header("x-key") === "mine" }),
    asks: [{ headers: { "x-key": "mine" }, times: 3 }, { times: 2 }],
  },
  {
    title: "a skip that answers something that is true enough",
    options: () => ({ limit: 1, skip: () => "yes" as unknown as boolean }),
    asks: [{ times: 3 }],
  },
  {
    title: "what is thrown that is no error",
    app(app, { rateLimiter, note }) {
      app.use(async (c, next) => {
        try {
          await next();
        } catch (thrown) {
          note("thrown", thrown);
          c.res = c.text("caught", 500);
        }
      });
      app.use(rateLimiter({ limit: 1, skipFailedRequests: true, keyGenerator: () => "all" }));
      app.use(() => {
        throw "a string";
      });
    },
    asks: [{ times: 3 }],
  },
];
