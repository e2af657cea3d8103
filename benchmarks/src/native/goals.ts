import type { Goal } from "../goal.ts";

const besideMemory = { of: "best-peer", beside: "sluice-memory", as: "times-better" } as const;

/** The goals of the native suite. */
export const goals: readonly Goal[] = [
  { work: "uniform-1m", metric: "ns/op", ...besideMemory, atLeast: 1 },
  { work: "uniform-1m", metric: "p999", ...besideMemory, atLeast: 1 },
  // One key of a batch, beside a single call of the store in TypeScript.
  { work: "batch64-1m", metric: "ns/op", ...besideMemory, of: "uniform-1m", atLeast: 2.5 },
  { work: "reserve64-1m", metric: "ns/op", ...besideMemory, of: "reserve-1m", atLeast: 2.5 },
  { work: "entries1-1m", metric: "bytes/key", atMost: 120 },
  { work: "entries100-100k", metric: "bytes/key", atMost: 480 },
  { work: "shared-2threads", metric: "ratio", atLeast: 1.6 },
  { work: "shared-2threads", metric: "admitted", atLeast: 1, atMost: 1 },
  { work: "file-1m", metric: "ns/op", of: "alone-1m", as: "times-worse", atMost: 2 },
  { work: "file-2processes", metric: "admitted", atLeast: 1, atMost: 1 },
];
