import { fork } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";

import {
  type AsyncStore,
  type Claim,
  type Clock,
  SluiceError,
  type SluiceErrorCode,
  steadyClock,
} from "@sluice/core";

import { racedLimit } from "./limits.ts";
import type { Order, Report, SentClaim, Verb } from "./orders.ts";

/** Threads, or processes, that have a store each over one table. */
export interface Crew {
  /** Has them all open a table. */
  open(order: Omit<Extract<Order, { kind: "open" }>, "kind">): Promise<void>;
  /** How many of so many checks by each are admitted, when they race. */
  race(user: string, times: number, many: boolean): Promise<number>;
  /** A store whose calls they do in turn. */
  store(clock: Clock): AsyncStore;
  stop(): Promise<void>;
}

interface Member {
  ask(order: Order): Promise<unknown>;
  stop(): Promise<void>;
}

const url = new URL("worker.ts", import.meta.url);

/** Starts `count` workers of a kind. */
export function startCrew(kind: "threads" | "processes", count: number): Crew {
  const start = kind === "threads" ? startThread : startProcess;
  const members = Array.from({ length: count }, start);
  let turn = 0;
  const all = async (order: Order): Promise<unknown[]> =>
    Promise.all(members.map(async (member) => member.ask(order)));
  return {
    async open(order) {
      await all({ kind: "open", ...order });
    },
    async race(user, times, many) {
      const atMs = Date.now() + 30;
      const clockMs = 1_000_000;
      const admitted = await all({ kind: "race", user, times, many, atMs, clockMs });
      return admitted.reduce<number>((sum, one) => sum + Number(one), 0);
    },
    store(systemClock) {
      // Or each of them would go on from where its own time had got to, when it steps back.
      const clock = steadyClock(systemClock);
      const act = async <T>(
        verb: Verb,
        batch: readonly (readonly Claim[])[],
        more?: unknown,
      ): Promise<T> => {
        const atMs = clock();
        const claims = batch.map((each) => each.map((claim) => sent(claim, atMs)));
        const member = members[turn++ % members.length]!;
        return (await member.ask({ kind: "act", verb, claims, more, atMs })) as T;
      };
      return {
        reserve: async (claims, lease) => act("reserve", [claims], lease),
        reserveMany: async (batch) => act("reserveMany", batch),
        peek: async (claims) => act("peek", [claims]),
        extend: async (claims, extension) => act("extend", [claims], extension),
        settle: async (claims, settlement) => act("settle", [claims], settlement),
        adjust: async (claims, direction) => act("adjust", [claims], direction),
        block: async (claims, forMs) => act("block", [claims], forMs),
        reset: async (claims) => act("reset", [claims]),
      };
    },
    async stop() {
      await Promise.all(members.map(async (member) => member.stop()));
    },
  };
}

export { racedLimit };

function sent({ terms: { periodEndMs, ...terms }, subject, cost }: Claim, atMs: number): SentClaim {
  const end = periodEndMs?.(atMs);
  return { terms, ends: end === undefined ? undefined : [end, periodEndMs!(end)], subject, cost };
}

function startThread(): Member {
  const worker = new Worker(url);
  return memberOf(
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    (order) => worker.postMessage(order),
    async () => {
      const [report]: unknown[] = await once(worker, "message");
      return report as Report;
    },
    async () => once(worker, "exit"),
  );
}

function startProcess(): Member {
  const child = fork(url, { serialization: "advanced" });
  return memberOf(
    (order) => child.send(order),
    async () => {
      const [report]: unknown[] = await once(child, "message");
      return report as Report;
    },
    async () => once(child, "exit"),
  );
}

function memberOf(
  send: (order: Order) => void,
  next: () => Promise<Report>,
  ended: () => Promise<unknown>,
): Member {
  return {
    async ask(order) {
      const answer = next();
      send(order);
      const report = await answer;
      if ("outcome" in report) return report.outcome;
      const { code, message } = report.error;
      throw code === "unknown"
        ? new Error(message)
        : new SluiceError(code as SluiceErrorCode, message);
    },
    async stop() {
      const end = ended();
      send({ kind: "stop" });
      await end;
    },
  };
}
