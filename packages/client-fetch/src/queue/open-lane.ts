import type { Charge, Pacer, Taken } from "../pacing/pacer.ts";
import type { ProviderRules } from "../pacing/providers.ts";
import type { Timing } from "../timing.ts";
import { chargeOf, nothingUsed, usedOf } from "./charge.ts";
import type { QueueClass } from "./classes.ts";
import { createFairQueue, type Queued } from "./fair-queue.ts";
import { createHeldPlaces } from "./held-places.ts";
import type { Entry, Lane, Shed, Ticket } from "./lane.ts";
import { createPause } from "./pause.ts";
import type { Places } from "./places.ts";
import { createEnding, waitOf } from "./wait-of.ts";

/** What a lane is made of. */
export interface LaneParts {
  readonly timing: Timing;
  readonly classes: readonly QueueClass[];
  readonly maxQueued: number;
  readonly agingMs: number;
  readonly holdMs: number;
  readonly provider: ProviderRules;
  readonly pacer: Pacer;
  readonly places: Places;
}

interface Waiting extends Queued {
  readonly charge: Charge;
  readonly entry: Entry;
  result: Ticket | Shed | undefined;
  settle: ((result: Ticket | Shed) => void) | undefined;
}

/** One lane: a queue in front of a pause, a pace and places. */
export function openLane(parts: LaneParts): Lane {
  const { timing, classes, maxQueued, provider, pacer, places } = parts;
  const queue = createFairQueue<Waiting>(classes, parts.agingMs);
  const pause = createPause(timing);
  const ending = createEnding();
  const held = createHeldPlaces(timing, classes, places, parts.holdMs);
  let isTaking = false;
  /** The call at the head that has to wait for its pace, and until when. */
  let paced: { readonly item: Waiting; readonly untilMs: number } | undefined;
  /** No deadline in the queue is before that. */
  let dueMs = Infinity;
  let wake: { readonly atMs: number; readonly cancel: () => void } | undefined;

  /** Sends on whoever may go, and sees to it that it is called again when the next one may. */
  function pump(): void {
    if (isTaking) return;
    for (;;) {
      const nowMs = timing.now();
      if (queue.size === 0) return sleepUntil(Infinity);
      if (nowMs < pause.untilMs) return sleepUntil(pause.untilMs);
      const item = queue.next(nowMs, held.hasRoom);
      if (item === undefined) {
        const lostAtMs = held.reclaim(nowMs);
        if (lostAtMs > nowMs) return sleepUntil(lostAtMs);
        continue;
      }
      if (item.entry.deadlineAtMs <= nowMs) {
        shed(item, "late", 0);
        continue;
      }
      if (item === paced?.item && nowMs < paced.untilMs) return sleepUntil(paced.untilMs);
      const wait = pacer.take(item.charge, item.classIndex);
      if (typeof wait !== "number") {
        isTaking = true;
        void wait.then((waitMs) => {
          isTaking = false;
          admit(item, waitMs);
          pump();
        });
        return;
      }
      if (!admit(item, wait)) return sleepUntil(paced!.untilMs);
    }
  }

  function admit(item: Waiting, waitMs: number): boolean {
    if (waitMs > 0) {
      paced = { item, untilMs: timing.now() + waitMs };
      return false;
    }
    const taken = pacer.taken(item.charge);
    if (!item.isQueued) {
      // It went away while a store was asked.
      pacer.settle(item.charge, { ...nothingUsed, requests: 0 });
      return true;
    }
    queue.serve(item);
    finishWaiting(item, issue(item, taken));
    return true;
  }

  /** Wakes then, or sooner, when the first deadline in the queue passes. */
  function sleepUntil(atMs: number): void {
    const nextMs = queue.size === 0 ? Infinity : Math.min(atMs, dueMs);
    if (wake?.atMs === nextMs) return;
    wake?.cancel();
    wake = undefined;
    if (nextMs === Infinity) return;
    const cancel = timing.after(Math.max(1, nextMs - timing.now()), () => {
      wake = undefined;
      if (timing.now() >= dueMs) shedLate(timing.now());
      pump();
    });
    wake = { atMs: nextMs, cancel };
  }

  /** Sheds whoever is worth nothing any more at that instant. */
  function shedLate(untilMs: number): void {
    dueMs = Infinity;
    for (const item of queue.items()) {
      const { deadlineAtMs } = item.entry;
      if (pause.isQuota) shed(item, "quota", untilMs - timing.now());
      else if (deadlineAtMs <= untilMs) shed(item, "late", untilMs - timing.now());
      else dueMs = Math.min(dueMs, deadlineAtMs);
    }
  }

  function shed(item: Waiting, why: Shed["shed"], waitMs: number): void {
    queue.remove(item);
    finishWaiting(item, { shed: why, waitMs: Math.max(0, Math.ceil(waitMs)) });
  }

  function finishWaiting(item: Waiting, result: Ticket | Shed): void {
    if (paced?.item === item) paced = undefined;
    item.result = result;
    item.settle?.(result);
  }

  function issue({ sinceMs, charge }: Waiting, taken: Taken): Ticket {
    let isOver = false;
    let hasBegun = false;
    const place = held.take(taken.atMs);
    return {
      shed: undefined,
      waitedMs: Math.max(0, taken.atMs - sinceMs),
      learn({ status, allowances, hint }) {
        const isRefused = status === 429 && !hint.isQuota;
        const verdict = isRefused ? "refused" : status < 400 ? "accepted" : "other";
        const spentMs = pacer.learn(taken, verdict, allowances);
        if (pause.learn(taken.atMs, status, hint, spentMs)) {
          pacer.pause(pause.untilMs - timing.now());
          shedLate(pause.untilMs);
        }
        paced = undefined;
        pump();
      },
      firstToken() {
        if (hasBegun || isOver) return;
        hasBegun = true;
        places.firstToken(Math.max(0, timing.now() - taken.atMs), held.size);
      },
      finish(end) {
        if (isOver) return;
        isOver = true;
        places.finish(end.cause, held.size);
        held.free(place);
        ending.end(timing.now());
        pacer.settle(charge, usedOf(end, provider));
        paced = undefined;
        pump();
      },
    };
  }

  /** How long a call of the class, the last in its line, is going to wait. */
  function predicted(classIndex: number): number {
    const nowMs = timing.now();
    const pausedMs = Math.max(0, pause.untilMs - nowMs);
    const endingPerMs = held.hasRoom(classIndex) ? undefined : ending.perMs(nowMs);
    const behindMs = waitOf(queue, classes, classIndex, pacer, endingPerMs);
    const pacedMs = queue.size === 1 && paced !== undefined ? paced.untilMs - nowMs : behindMs;
    return pausedMs + Math.max(0, pacedMs);
  }

  return {
    enter(entry) {
      entry.signal?.throwIfAborted();
      const nowMs = timing.now();
      const named = classes.findIndex(({ name }) => name === entry.class);
      const classIndex = named === -1 ? classes.length - 1 : named;
      held.saw(classIndex);
      if (pause.isQuota) return { shed: "quota", waitMs: pause.untilMs - nowMs };
      if (queue.size >= maxQueued) {
        const other = queue.lastBehind(classIndex);
        if (other === undefined)
          return { shed: "queue-full", waitMs: Math.ceil(predicted(classIndex)) };
        shed(other, "queue-full", predicted(other.classIndex));
      }
      const charge = chargeOf(entry, provider);
      const item: Waiting = {
        classIndex,
        cost: Math.max(1, charge.tokens),
        sinceMs: nowMs,
        before: undefined,
        behind: undefined,
        isQueued: false,
        charge,
        entry,
        result: undefined,
        settle: undefined,
      };
      queue.push(item);
      dueMs = Math.min(dueMs, entry.deadlineAtMs);
      pump();
      if (item.result !== undefined) return item.result;
      if (entry.deadlineAtMs !== Infinity) {
        const waitMs = predicted(classIndex);
        if (nowMs + waitMs >= entry.deadlineAtMs) {
          shed(item, "late", waitMs);
          pump();
          return item.result!;
        }
      }
      return waitFor(item);
    },
    state() {
      const requests = pacer.perMs("requests");
      const tokens = pacer.perMs("tokens");
      return {
        queued: queue.size,
        queuedBy: Object.fromEntries(classes.map(({ name }, index) => [name, queue.count(index)])),
        inFlight: held.size,
        places: places.limit,
        pausedUntilMs: timing.now() < pause.untilMs ? pause.untilMs : 0,
        requestsPerMinute: requests === undefined ? undefined : requests * 60_000,
        tokensPerMinute: tokens === undefined ? undefined : tokens * 60_000,
      };
    },
  };

  function waitFor(item: Waiting): Promise<Ticket | Shed> {
    const { signal } = item.entry;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        queue.remove(item);
        if (paced?.item === item) paced = undefined;
        reject(signal!.reason);
        pump();
      };
      item.settle = (result) => {
        signal?.removeEventListener("abort", onAbort);
        resolve(result);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}
