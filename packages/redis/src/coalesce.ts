import type { AsyncStore, Claim, Outcome } from "@sluice/core";

import { type BatchStore, isWrong, type Request } from "./batch.ts";

/** A request that waits for the end of the tick. */
interface Waiting extends Request {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

const mostCalls = 64;
const fewestHalved = 32;
const mostClaims = 32;

/**
 * Sends what is reserved in one tick as one `reserveEach`, or as several of at most 64 requests. Decisions are those that would
 * have been made one by one in the order of issue, and no other verb overtakes: it sends what waits first. A lone request goes as
 * it came. What only its caller can be wrong about, as more than 32 claims, goes alone and fails alone, and so does an id that conflicts; when a batch
 * fails, all of it fails with the same error.
 */
export function coalesce(store: BatchStore): AsyncStore {
  let waiting: Waiting[] = [];
  let isScheduled = false;

  function onTick(): void {
    isScheduled = false;
    flush();
  }

  function flush(): void {
    if (waiting.length === 0) return;
    const all = waiting;
    waiting = [];
    if (all.length === 1) return sendOne(store, all[0]!);
    // Two of half the size, where one would do: the server is at work on one while this process is on the other.
    const halves = all.length > fewestHalved ? Math.ceil(all.length / 2) : all.length;
    const size = Math.min(mostCalls, halves);
    for (let from = 0; from < all.length; from += size) {
      sendAll(store, all.slice(from, from + size));
    }
  }

  /** Runs `call` behind all that was issued before. */
  function inOrder<T>(call: () => Promise<T>): Promise<T> {
    flush();
    return call();
  }

  return {
    ...store,
    reserve(claims, lease) {
      if (!isOrdinary(claims)) return inOrder(() => store.reserve(claims, lease));
      return new Promise((resolve, reject) => {
        waiting.push({ claims, lease, resolve, reject });
        if (isScheduled) return;
        isScheduled = true;
        // After all promises that are settled now have been heard, and before the loop turns to anything else: callers that
        // one reply has answered go together again, however many steps each takes, and a lone one waits for nobody.
        process.nextTick(onTick);
      });
    },
    reserveMany: (batch) => inOrder(() => store.reserveMany(batch)),
    peek: (claims) => inOrder(() => store.peek(claims)),
    extend: (claims, extension) => inOrder(() => store.extend(claims, extension)),
    settle: (claims, settlement) => inOrder(() => store.settle(claims, settlement)),
    adjust: (claims, direction) => inOrder(() => store.adjust(claims, direction)),
    block: (claims, forMs) => inOrder(() => store.block(claims, forMs)),
    reset: (claims) => inOrder(() => store.reset(claims)),
  };
}

/** Whether a store can have nothing against the claims themselves. */
function isOrdinary(claims: readonly Claim[]): boolean {
  if (claims.length === 0 || claims.length > mostClaims) return false;
  for (const { cost } of claims) if (!Number.isSafeInteger(cost) || cost < 0) return false;
  return true;
}

function sendOne(store: BatchStore, { claims, lease, resolve, reject }: Waiting): void {
  try {
    store.reserve(claims, lease).then(resolve, reject);
  } catch (error) {
    reject(error);
  }
}

function sendAll(store: BatchStore, batch: readonly Waiting[]): void {
  const failAll = (error: unknown): void => {
    for (const { reject } of batch) reject(error);
  };
  try {
    store.reserveEach(batch).then((answers) => {
      // The first that hears may call the store again, and the others' numbers are only good until then.
      const lasting = answers.map((answer, index) =>
        isWrong(answer)
          ? answer
          : { ...answer, states: firstOf(answer.states, batch[index]!.claims.length * 4) },
      );
      for (const [index, { resolve, reject }] of batch.entries()) {
        const answer = lasting[index]!;
        if (isWrong(answer)) reject(answer);
        else resolve(answer);
      }
    }, failAll);
  } catch (error) {
    failAll(error);
  }
}

function firstOf(states: ArrayLike<number>, count: number): number[] {
  const copy = [states[0]!];
  for (let at = 1; at < count; at++) copy.push(states[at]!);
  return copy;
}
