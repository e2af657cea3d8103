import type { Options } from "express-rate-limit";

import type { Scenario } from "../side.ts";
import { modernStore } from "../stores.ts";

const throws = (): never => {
  throw new Error("the callback has thrown");
};
const rejects = async (): Promise<never> => Promise.reject(new Error("the callback has rejected"));

const asked: Partial<Options> = { limit: 1, standardHeaders: "draft-8", validate: false };

const failing = ["skip", "keyGenerator", "limit", "identifier", "retryAfter", "message", "handler"];

/** Options that are functions: when they are called, with what, and how they fail. */
export const callbacks: readonly Scenario[] = [
  ...failing.flatMap((option): Scenario[] => [
    {
      title: `${option} that throws`,
      options: () => ({ ...asked, [option]: throws }),
      asks: [{ times: 3 }],
    },
    {
      title: `${option} that rejects`,
      options: () => ({ ...asked, [option]: rejects }),
      asks: [{ times: 3 }],
    },
  ]),
  {
    title: "ipv6Subnet that throws",
    trustProxy: 1,
    options: () => ({ ipv6Subnet: throws }),
    asks: [{ headers: { "x-forwarded-for": "2001:db8::1" } }],
  },
  {
    title: "a limit that throws leaves the request counted",
    options: (kit) => ({
      store: modernStore(kit),
      limit: (req) => (req.path === "/bad" ? throws() : 2),
    }),
    asks: [{ path: "/bad", times: 2 }, { times: 2 }],
  },
  {
    title: "an identifier that throws leaves the request counted",
    options: () => ({
      limit: 2,
      standardHeaders: "draft-8",
      identifier: (req) => (req.path === "/bad" ? throws() : "fine"),
    }),
    asks: [{ path: "/bad", times: 2 }, { times: 2 }],
  },
  {
    title: "each is called once, in one order, for a request that passes and one that does not",
    options(kit) {
      const { note } = kit;
      const noted =
        <T>(name: string, value: T) =>
        async (req: { path: string }): Promise<T> => {
          note(name, req.path);
          return value;
        };
      return {
        skip: noted("skip", false),
        keyGenerator: noted("keyGenerator", "all"),
        limit: noted("limit", 1),
        identifier: noted("identifier", "name"),
        retryAfter: noted("retryAfter", 5),
        message: noted("message", "no"),
        requestWasSuccessful: noted("requestWasSuccessful", true),
        skipSuccessfulRequests: false,
        skipFailedRequests: true,
        standardHeaders: "draft-8",
        store: modernStore(kit),
      };
    },
    asks: [{ path: "/a" }, { path: "/b" }],
  },
  {
    title: "a skipped request is neither counted nor told of",
    options: (kit) => ({
      limit: 1,
      skip: (req) => req.path === "/health",
      store: modernStore(kit),
    }),
    asks: [{ path: "/health", times: 3 }, { times: 2 }, { path: "/health" }],
  },
  {
    title: "a skip that promises",
    options: () => ({ limit: 1, skip: async (req) => req.get("x-key") === "mine" }),
    asks: [{ headers: { "x-key": "mine" }, times: 3 }, { times: 2 }],
  },
  {
    title: "a skip that answers something that is true enough",
    options: () => ({ limit: 1, skip: () => "yes" as unknown as boolean }),
    asks: [{ times: 3 }],
  },
  {
    title: "what comes after fails, and the request counts",
    options: () => ({ limit: 2 }),
    asks: [{ path: "/throws", times: 3 }],
  },
  {
    title: "a message that throws after the status was set",
    options: () => ({ limit: 0, validate: false, statusCode: 420, message: throws }),
    asks: [{}],
  },
];
