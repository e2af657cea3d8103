import { setTimeout as sleep } from "node:timers/promises";
import { parentPort } from "node:worker_threads";

import { type Claim, createLimiter, isSluiceError, type LeaseRequest } from "@sluice/core";

import { nativeStore, type NativeStore } from "../../src/index.ts";
import { raced } from "./limits.ts";
import type { Order, Report, SentClaim } from "./orders.ts";

// A worker of either kind: a thread, or a process.
const time = { ms: 0 };
const known = new Map<string, Claim["terms"]>();
let store: NativeStore | undefined;

function send(report: Report): void {
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  if (parentPort !== null) parentPort.postMessage(report);
  else process.send!(report);
}

async function receive(order: Order): Promise<void> {
  if (order.kind === "stop") {
    store?.close();
    if (parentPort === null) process.disconnect();
    else parentPort.close();
    return;
  }
  try {
    send({ outcome: await obey(order) });
  } catch (error) {
    const code = isSluiceError(error) ? error.code : "unknown";
    send({ error: { code, message: String(error) } });
  }
}

async function obey(order: Exclude<Order, { kind: "stop" }>) {
  if (order.kind === "open") {
    store?.close();
    const { kind: _, ...options } = order;
    store = nativeStore({ ...options, clock: () => time.ms });
    return;
  }
  if (order.kind === "race") {
    const { user, times, many, atMs, clockMs } = order;
    time.ms = clockMs;
    const limiter = createLimiter({ limits: raced, store: store! });
    const cut = many ? 50 : 1;
    const batch = Array.from({ length: cut }, () => ({ subject: { user } }));
    await sleep(Math.max(0, atMs - Date.now() - 3));
    while (Date.now() < atMs);
    let allowed = 0;
    for (let done = 0; done < times; done += cut) {
      const decisions = many ? limiter.checkMany(batch) : [limiter.check({ user })];
      for (const decision of decisions) if (decision.allowed) allowed++;
    }
    return allowed;
  }
  time.ms = order.atMs;
  const [claims = [], ...others] = order.claims.map((sent) => sent.map(received));
  const more: unknown = order.more;
  switch (order.verb) {
    case "reserve": {
      const outcome = store!.reserve(claims, more as LeaseRequest | undefined);
      return { ...outcome, states: Array.from(outcome.states) };
    }
    case "reserveMany":
      return store!.reserveMany(order.claims.length === 0 ? [] : [claims, ...others]);
    case "peek": {
      const outcome = store!.peek(claims);
      return { ...outcome, states: Array.from(outcome.states) };
    }
    default: {
      const verb = store![order.verb] as (
        claims: readonly Claim[],
        more: unknown,
      ) => ReturnType<NativeStore["reset"]>;
      const outcome = verb(claims, more);
      return { ...outcome, states: Array.from(outcome.states) };
    }
  }
}

/** The same terms object for the same numbers, as a store may expect. */
function received({ terms, ends, subject, cost }: SentClaim): Claim {
  const key = JSON.stringify([terms, ends]);
  let made = known.get(key);
  if (made === undefined) {
    const periodEndMs =
      ends === undefined ? undefined : (at: number) => (at < ends[0] ? ends[0] : ends[1]);
    known.set(key, (made = { ...terms, periodEndMs }));
  }
  return { terms: made, subject, cost };
}

const listen = (order: Order): void => void receive(order);
if (parentPort === null) process.on("message", listen);
else parentPort.on("message", listen);
