import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

import type { SharedStore } from "../../src/shares.ts";

/** What every member of a fleet is told. */
export interface Orders {
  readonly host: string;
  readonly port: number;
  readonly limit: number;
  readonly windowMs: number;
  readonly slice: number;
  readonly ttlMs: number;
  /** Stores of each member, which know nothing of each other. */
  readonly stores: number;
  /** Requests that each member sends, to its stores in turn. */
  readonly perSecond: number;
  /** What they cost, in turn. */
  readonly costs: readonly number[];
  readonly stopMs: number;
}

/** By the machine's clock, before it was asked for and after it was answered; when by the server's; and what it cost. */
export type Grant = readonly [beforeMs: number, afterMs: number, atMs: number, cost: number];

/** What a member did. */
export interface Report {
  readonly grants: readonly Grant[];
  readonly asked: number;
  /** Of each of its stores. */
  readonly counts: readonly ReturnType<SharedStore["counts"]>[];
}

/** Runs so many processes at one time, and answers what each did, and when they began by the machine's clock. */
export async function runFleet(
  members: number,
  orders: Orders,
): Promise<{ readonly reports: readonly Report[]; readonly startMs: number }> {
  const path = new URL("member.ts", import.meta.url);
  const children = Array.from({ length: members }, () =>
    fork(path, [JSON.stringify(orders)], { serialization: "advanced", execArgv: [] }),
  );
  try {
    await Promise.all(children.map(heard));
    const startMs = Number(process.hrtime.bigint()) / 1e6 + 100;
    const reports = children.map(heard<Report>);
    for (const child of children) child.send(startMs);
    return { reports: await Promise.all(reports), startMs };
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
}

/** The next message of a child, which fails when it ends without one. */
async function heard<T>(child: ChildProcess): Promise<T> {
  const gone = new AbortController();
  const ended = once(child, "exit", gone).then(([code, signal]) => {
    throw new Error(`a member of the fleet ended with ${code ?? signal}`);
  });
  const [message] = await Promise.race([once(child, "message", gone), ended]);
  ended.catch(() => {});
  gone.abort();
  return message;
}

/**
 * The most that was granted in any window, by brute force: by the server's time; and by the machine's clock, of what was both asked
 * for and answered in the window.
 */
export function fullest(grants: readonly Grant[], windowMs: number): [number, number] {
  const byServer = grants.map(([, , atMs, cost]): Span => [atMs, atMs, cost]);
  const byMachine = grants.map(([before, after, , cost]): Span => [before, after, cost]);
  return [mostWithin(byServer, windowMs), mostWithin(byMachine, windowMs)];
}

type Span = readonly [fromMs: number, untilMs: number, cost: number];

/** The most that begins and ends within any `(t − windowMs, t]`. */
function mostWithin(spans: readonly Span[], windowMs: number): number {
  const ordered = spans.toSorted((a, b) => a[1] - b[1]);
  let most = 0;
  for (let last = 0; last < ordered.length; last++) {
    const end = ordered[last]![1];
    // Of those that end together only the last sees all of them.
    if (ordered[last + 1]?.[1] === end) continue;
    let sum = 0;
    for (let at = last; at >= 0 && ordered[at]![1] > end - windowMs; at--) {
      const [from, , cost] = ordered[at]!;
      if (from > end - windowMs) sum += cost;
    }
    most = Math.max(most, sum);
  }
  return most;
}
