import type { Metric, Work } from "../report.ts";

/** One drawing, where its rows were measured. */
export type Chart =
  /** A bar for each subject of a work, and of other works of Sluice's beside. */
  | {
      readonly kind: "bars";
      readonly heading: string;
      readonly work: Work;
      readonly metric: Metric;
      readonly beside?: readonly Work[];
    }
  /** A bar for each work, of Sluice's subjects. */
  | {
      readonly kind: "works";
      readonly heading: string;
      readonly works: readonly Work[];
      readonly metric: Metric;
    }
  | { readonly kind: "latencies"; readonly heading: string; readonly work: Work }
  | { readonly kind: "courses"; readonly heading: string; readonly work: Work };

/** A part of the page. */
export interface Section {
  readonly heading: string;
  readonly text: string;
  /** Whose promises stand below it. */
  readonly suites: readonly string[];
  readonly charts: readonly Chart[];
}

const bars = (heading: string, work: Work, metric: Metric, ...beside: Work[]): Chart => ({
  kind: "bars",
  heading,
  work,
  metric,
  beside,
});
const time = (heading: string, work: Work): Chart => bars(heading, work, "ns/op");
const rate = (heading: string, work: Work): Chart => bars(heading, work, "ops/s");

/** What the page shows, in order. */
export const sections: readonly Section[] = [
  {
    heading: "In memory",
    text: "One decision for one key in one process, by the package's own call. Every key is a new string, as requests bring them.",
    suites: ["memory", "native"],
    charts: [
      time("One hot key, allowed", "hot"),
      time("One hot key, refused", "hot-denied"),
      time("10,000 keys", "uniform-10k"),
      time("10,000 keys, unequal costs", "weighted-10k"),
      time("A million keys", "uniform-1m"),
      time("A million keys, Zipf", "zipf-1m"),
      { kind: "latencies", heading: "A million keys: single calls", work: "uniform-1m" },
      {
        kind: "works",
        heading: "What changes Sluice's cost",
        metric: "ns/op",
        works: ["hot", "uniform-1m", "batch64-1m", "limits3-1m", "window-100", "window-10k"],
      },
      bars("Memory of a million keys", "entries1-1m", "bytes/key"),
    ],
  },
  {
    heading: "On Redis",
    text: "Checks over the loopback by one process with ioredis, a server of the benchmark's own.",
    suites: ["redis"],
    charts: [
      rate("64 checks in flight", "redis-c64"),
      rate("512 checks in flight", "redis-c512"),
      rate("One check at a time", "redis-c1"),
      rate("Three limits, 64 in flight", "redis-limits3-c64"),
      rate("Refusals, 64 in flight", "redis-denied"),
      rate("Refusals that are remembered", "redis-denied-cached"),
      {
        kind: "works",
        heading: "One hot key, on the server and leased",
        metric: "ops/s",
        works: ["redis-hot-c1", "redis-leased-c1", "redis-hot-c64", "redis-leased"],
      },
      bars("The server's time, 64 in flight", "redis-c64", "server-us"),
      bars("A window of 100 on the server", "redis-window-100", "bytes/key"),
      { kind: "latencies", heading: "One check at a time: single calls", work: "redis-c1" },
      { kind: "latencies", heading: "64 in flight: single calls", work: "redis-c64" },
    ],
  },
  {
    heading: "Middleware",
    text: "A handler of five bytes with the middleware and without, by turns. The dearest case there is: a real handler does more.",
    suites: ["http"],
    charts: (["express", "fastify", "hono"] as const).flatMap((framework) => {
      const name = `${framework[0]!.toUpperCase()}${framework.slice(1)}`;
      const three = `http-${framework}-limits3` as const;
      return [
        bars(`${name}: requests a second`, `http-${framework}`, "kept", three),
        bars(`${name}: a request`, `http-${framework}`, "added-us", three),
      ];
    }),
  },
  {
    heading: "Ways to charge tokens",
    text: "A load of three times what the limit allows, replayed in simulated time through Sluice's limiter. What an answer will take is known only when it has ended: what was used of the limit, and by how much any minute was above it.",
    suites: ["tokens"],
    charts: (
      [
        ["A chat", "tokens-chat"],
        ["A code completion", "tokens-code"],
        ["Azure's chat, recorded", "tokens-azure-chat"],
        ["Azure's code completion, recorded", "tokens-azure-code"],
      ] as const
    ).flatMap(([name, work]): Chart[] => [
      { kind: "courses", heading: `${name}: tokens of the last minute`, work },
      bars(`${name}: worst minute`, work, "overshoot"),
      bars(`${name}: used`, work, "used"),
    ]),
  },
];
