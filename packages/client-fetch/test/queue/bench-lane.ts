import type { Cause } from "../../src/cause.ts";
import type { Allowance, Hint } from "../../src/hints/hint.ts";
import type { Entry, Lane, Shed, Ticket } from "../../src/queue/lane.ts";
import { createLanes, type LanesOptions } from "../../src/queue/lanes.ts";
import { virtualTime, type VirtualTime } from "../virtual-time.ts";

/** One lane in virtual time. */
export function laneOf(
  options: LanesOptions = {},
  seed = 1,
): { readonly time: VirtualTime; readonly lane: Lane } {
  const time = virtualTime(seed);
  const lanes = createLanes({ timing: time, ...options });
  return { time, lane: lanes.lane({ origin: "https://llm.example", key: "k", model: "m" }) };
}

/** So many requests in a minute, all of it used, one after the other. */
export function requestsPerMinute(limit: number): LanesOptions {
  return {
    utilization: 1,
    limits: () => [{ unit: "requests", windowMs: 60_000, limit }],
    provider: () => ({ requestsBurstMs: 0 }),
  };
}

/** So many places, always. */
export function placesOf(count: number): LanesOptions {
  return { places: { initial: count, min: count, max: count } };
}

/** A call of a batch, of one token, that has all the time there is. */
export function call(over: Partial<Entry> = {}): Entry {
  return { class: "batch", tokens: 1, deadlineAtMs: Infinity, ...over };
}

/** What must be a ticket, at once. */
export function now(entered: Ticket | Shed | Promise<Ticket | Shed>): Ticket {
  if (!("shed" in entered) || entered.shed !== undefined) throw new Error("is no ticket yet");
  return entered;
}

/** Notes when each of `entries` comes through, by its index, or why it does not. */
export function watched(
  time: VirtualTime,
  lane: Lane,
  entries: readonly Entry[],
  after: (ticket: Ticket, index: number) => void = (ticket) => ticket.finish({ cause: "success" }),
): string[] {
  const startMs = time.now();
  const seen: string[] = [];
  for (const [index, entry] of entries.entries()) {
    void Promise.resolve(lane.enter(entry)).then((entered) => {
      const atMs = time.now() - startMs;
      seen.push(`${index}: ${entered.shed ?? "went"} at ${atMs}`);
      if (entered.shed === undefined) after(entered, index);
    });
  }
  return seen;
}

const noHint: Hint = {
  waitMs: undefined,
  shouldRetry: undefined,
  isQuota: false,
  source: undefined,
};

/** A refusal, but for its hint. */
export interface Refusal {
  readonly status?: number;
  readonly cause?: Cause;
  readonly allowances?: readonly Allowance[];
}

/** Ends a call with a refusal. */
export function refuse(
  ticket: Ticket,
  hint: Partial<Hint> = {},
  { status = 429, cause = "rate-limit", allowances = [] }: Refusal = {},
): void {
  ticket.learn({ status, allowances, hint: { ...noHint, ...hint } });
  ticket.finish({ cause });
}

/** Tells a ticket of a head that is well, with these allowances. */
export function hear(ticket: Ticket, ...allowances: readonly Allowance[]): void {
  ticket.learn({ status: 200, allowances, hint: noHint });
}
