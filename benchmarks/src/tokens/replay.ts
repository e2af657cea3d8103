import { createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";

import { answerMs, pace } from "../../../examples/inference-server/src/plan.ts";
import { createHistory } from "./history.ts";
import type { Requests } from "./loads.ts";
import type { Running, Way } from "./way.ts";

/** The window of the limit. */
export const windowMs = 60_000;

/** How many tokens are streamed between two reports. */
const reportedTokens = 64;

/** A request that was let through. */
export interface Admitted {
  readonly atMs: number;
  /** All that it used. */
  readonly tokens: number;
}

interface Event {
  readonly atMs: number;
  happen(): void;
}

/**
 * Sends `requests` through a limiter that allows `limit` tokens in any minute, in simulated time, and answers those that were let through.
 * One that is refused does not come back. Answers are streamed at the pace of the demo's model server.
 */
export function replay(requests: Requests, way: Way, limit: number): Admitted[] {
  const clock = manualClock(0);
  const limiter = createLimiter({
    limits: [slidingWindow({ name: "tpm", limit, window: windowMs, unit: "tokens", per: [] })],
    store: memoryStore({ clock, maxKeys: 10 }),
  });
  const history = createHistory();
  const admitted: Admitted[] = [];
  const due: Event[] = [];
  const advanceTo = (nowMs: number): void => {
    while (due.length > 0 && due.at(-1)!.atMs <= nowMs) {
      const event = due.pop()!;
      clock.advance(event.atMs - clock());
      event.happen();
    }
    clock.advance(nowMs - clock());
  };
  for (const { atMs, contextTokens, generatedTokens } of requests) {
    advanceTo(atMs);
    const asked = { promptTokens: contextTokens, answerTokens: generatedTokens };
    const running = way.admit(asked, limiter, history.now());
    if (running === undefined) continue;
    const tokens = contextTokens + generatedTokens;
    admitted.push({ atMs, tokens });
    const end = (): void => {
      running.ended(tokens);
      history.add(generatedTokens);
    };
    const events = [
      ...streaming(running, atMs, contextTokens, generatedTokens),
      { atMs: atMs + Math.ceil(answerMs(contextTokens, generatedTokens)), happen: end },
    ];
    for (const event of events) insert(due, event);
  }
  advanceTo(Infinity);
  return admitted;
}

function streaming(
  { streamed }: Running,
  startMs: number,
  contextTokens: number,
  generatedTokens: number,
): Event[] {
  if (streamed === undefined) return [];
  const firstMs = startMs + answerMs(contextTokens, 0);
  const reports = Math.floor(generatedTokens / reportedTokens);
  return Array.from({ length: reports }, (_, report) => ({
    atMs: Math.ceil(firstMs + (report + 1) * reportedTokens * pace.perTokenMs),
    happen: () => streamed(reportedTokens),
  }));
}

/** Keeps `due` in order, the next one last; of the same time, first in first out. */
function insert(due: Event[], event: Event): void {
  let low = 0;
  let high = due.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (due[middle]!.atMs > event.atMs) low = middle + 1;
    else high = middle;
  }
  due.splice(low, 0, event);
}
