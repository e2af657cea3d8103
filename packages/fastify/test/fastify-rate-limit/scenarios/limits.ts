import type { Scenario } from "../scenario.ts";

const second = { wait: 1_000 };
const minute = { wait: 60_000 };

/** How many in how long. */
export const limits: readonly Scenario[] = [
  { title: "a limit of two, and a third request", steps: [3] },
  { title: "no options at all: a thousand a minute", options: {}, steps: [2] },
  { title: "a limit of one", options: { max: 1 }, steps: [2] },
  { title: "a limit of nothing", options: { max: 0 }, steps: [2] },
  { title: "a limit with a fraction", options: { max: 1.9 }, steps: [2] },
  { title: "a negative limit", options: { max: -1 }, steps: [1] },
  { title: "an infinite limit", options: { max: Infinity }, steps: [1] },
  { title: "a limit that is not a number", options: { max: Number.NaN }, steps: [1] },
  { title: "a limit in words", options: () => ({ max: "2" }), steps: [1] },
  { title: "a limit by request", options: { max: ({ url }) => (url === "/" ? 2 : 1) }, steps: [3] },
  {
    title: "a limit that is looked up",
    options: { max: async (_request, key) => (key === "127.0.0.1" ? 1 : 5) },
    steps: [2, { url: "/", remoteAddress: "192.0.2.1" }],
  },
  {
    title: "a limit that falls while it is used",
    options: { max: ({ headers }) => Number(headers["x-max"]) },
    steps: [
      { url: "/", headers: { "x-max": "3" } },
      { url: "/", headers: { "x-max": "3" } },
      { url: "/", headers: { "x-max": "1" } },
      { url: "/", headers: { "x-max": "9" } },
    ],
  },
  {
    title: "a limit that is found to be no number",
    options: () => ({ max: () => undefined }),
    steps: [1],
  },
  { title: "a limit that is found to be zero", options: { max: () => 0 }, steps: [1] },
  { title: "a window that ends", steps: [3, minute, 3] },
  {
    title: "a window a millisecond before its end",
    steps: [3, { wait: 59_999 }, 1, { wait: 1 }, 1],
  },
  {
    title: "the seconds that are left",
    steps: [1, { wait: 1 }, 1, { wait: 20_500 }, 1, second, 1],
  },
  {
    title: "a window from the first request, not from the last",
    steps: [1, { wait: 30_000 }, 1, { wait: 30_000 }, 2],
  },
  {
    title: "a window of milliseconds",
    options: { max: 1, timeWindow: 1_500 },
    steps: [2, { wait: 1_499 }, 1, { wait: 1 }, 2],
  },
  {
    title: "a window with a fraction",
    options: { max: 1, timeWindow: 1_500.9 },
    steps: [2, { wait: 1_500 }, 1],
  },
  { title: "a window of no time", options: { max: 1, timeWindow: 0 }, steps: [2] },
  { title: "a negative window", options: { max: 1, timeWindow: -5 }, steps: [2] },
  {
    title: "a window that is not a number",
    options: { max: 1, timeWindow: Number.NaN },
    steps: [2, minute, 1],
  },
  {
    title: "a window of a day",
    options: { max: 1, timeWindow: 86_400_000 },
    steps: [2, { wait: 86_399_000 }, 1],
  },
  {
    title: "a window of months, which is told in days",
    options: { max: 1, timeWindow: 90 * 86_400_000 },
    steps: [2],
  },
  { title: "a window of years", options: { max: 1, timeWindow: "2 years" }, steps: [2] },
  {
    title: "a window in minutes",
    options: { max: 1, timeWindow: "2 minutes" },
    steps: [2, minute, 1],
  },
  {
    title: "a window in words without a space",
    options: { max: 1, timeWindow: "90s" },
    steps: [2],
  },
  { title: "a window in hours and a half", options: { max: 1, timeWindow: "1.5 hrs" }, steps: [2] },
  { title: "a window in capital letters", options: { max: 1, timeWindow: "3 Days" }, steps: [2] },
  { title: "a window in weeks", options: { max: 1, timeWindow: "1 w" }, steps: [2] },
  {
    title: "a window in milliseconds, in words",
    options: { max: 1, timeWindow: "700 msecs" },
    steps: [2, { wait: 700 }, 1],
  },
  { title: "a window of a number, in words", options: { max: 1, timeWindow: "2500" }, steps: [2] },
  {
    title: "a window by request",
    options: { max: 1, timeWindow: ({ url }) => (url === "/" ? 2_000 : 9_000) },
    steps: [2, { wait: 2_000 }, 2],
  },
  {
    title: "a window that is looked up",
    options: { max: 1, timeWindow: async (_request, key) => key.length * 1_000 },
    steps: [2],
  },
  {
    title: "a window that is found to be no time",
    options: { max: 1, timeWindow: () => 0 },
    steps: [3],
  },
  {
    title: "a window that grows while it is used",
    options: { max: 1, timeWindow: ({ headers }) => Number(headers["x-ms"]) },
    steps: [
      { url: "/", headers: { "x-ms": "1000" } },
      second,
      { url: "/", headers: { "x-ms": "5000" } },
      { url: "/", headers: { "x-ms": "1000" } },
    ],
  },
];
