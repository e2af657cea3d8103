import type { Ask, Options, Scenario } from "../side.ts";
import { otherStore } from "../stores.ts";

const mixed: readonly Ask[] = [
  { path: "/fail" },
  {},
  { path: "/missing" },
  { path: "/moved" },
  { path: "/throws" },
  { path: "/stream" },
  {},
  {},
  { path: "/fail" },
];

const skips: readonly [string, Options][] = [
  ["failed requests do not count", { skipFailedRequests: true }],
  ["successful requests do not count", { skipSuccessfulRequests: true }],
  ["neither counts", { skipFailedRequests: true, skipSuccessfulRequests: true }],
];

/** What is counted in the end, by how the response turned out. */
export const afterwards: readonly Scenario[] = [
  ...skips.flatMap(([title, options]): Scenario[] => [
    { title, options: () => ({ limit: 2, ...options }), asks: mixed },
    {
      title: `${title}, in another's store`,
      options: (kit) => ({ limit: 2, ...options, store: otherStore(kit) }),
      asks: mixed,
    },
    {
      title: `${title}, in another's store that answers at once`,
      options: (kit) => ({ limit: 1, ...options, store: otherStore(kit, { sync: true }) }),
      asks: mixed,
    },
    {
      title: `${title}, told by draft 7`,
      options: () => ({ limit: 3, ...options, standardHeaders: "draft-7" }),
      asks: mixed,
    },
    {
      title: `${title}, and a store that cannot give back`,
      options: (kit) => ({
        limit: 2,
        ...options,
        store: otherStore(kit, { fails: { decrement: [] } }),
      }),
      asks: [{}, { path: "/fail" }, {}],
    },
    {
      title: `${title}, and the rule of success throws`,
      options: (kit) => ({
        limit: 2,
        ...options,
        store: otherStore(kit),
        requestWasSuccessful: () => {
          throw new Error("cannot say");
        },
      }),
      asks: [{}, { path: "/fail" }, {}, {}],
    },
    {
      title: `${title}, where nothing succeeds by its own rule`,
      options: ({ note }) => ({
        limit: 2,
        ...options,
        requestWasSuccessful: async (c) => {
          note("judged", c.req.path, c.res.status);
          return false;
        },
      }),
      asks: mixed,
    },
    {
      title: `${title}, where all succeeds by its own rule`,
      options: ({ note }) => ({
        limit: 2,
        ...options,
        requestWasSuccessful: (c) => {
          note("judged", c.req.path, c.res.status);
          return true;
        },
      }),
      asks: mixed,
    },
  ]),
  {
    title: "a refused request of status 200",
    options: () => ({ limit: 1, statusCode: 200, skipFailedRequests: true }),
    asks: [{ times: 4 }],
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
    title: "a skipped request is neither counted nor given back",
    options: (kit) => ({ skip: () => true, skipFailedRequests: true, store: otherStore(kit) }),
    asks: [{ path: "/fail", times: 2 }],
  },
];
