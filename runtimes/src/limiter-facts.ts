import { concurrency, createLimiter, memoryStore, slidingWindow } from "@sluice/core";

/** What a limiter does, as plain data that has to be the same on every runtime. */
export type Facts = Readonly<Record<string, unknown>>;

const acme = { tenant: "acme" };
const rpm = slidingWindow({ name: "rpm", limit: 3, window: "1m", per: ["tenant"] });
const tpm = slidingWindow({
  name: "tpm",
  limit: 100,
  window: "1m",
  unit: "tokens",
  per: ["tenant"],
});
const inflight = concurrency({ name: "inflight", limit: 2, per: ["tenant"] });

/** What a limiter does at its limits, when a lease settles, when one is disposed, and with a wrong option. */
export function limiterFacts(): Facts {
  return {
    admitted: admitted(),
    retried: retried(),
    inFlight: inFlight(),
    settled: settled(),
    disposed: disposed(),
    mistake: mistake(),
  };
}

/** Whether each of five requests passes a limit of three, by the machine's own clock. */
function admitted(): boolean[] {
  const limiter = createLimiter({ limits: [rpm], store: memoryStore() });
  return [1, 2, 3, 4, 5].map(() => limiter.check(acme).allowed);
}

/** How long a refusal says to wait, and what becomes of who waits a millisecond less, and of who waits as long. */
function retried(): unknown[] {
  let now = 0;
  const limiter = createLimiter({ limits: [rpm], store: memoryStore({ clock: () => now }) });
  limiter.check(acme, { requests: 3 });
  const refusal = limiter.check(acme);
  const waitMs = refusal.allowed ? 0 : (refusal.retryAfterMs ?? 0);
  const allowedAfter = (waitedMs: number): boolean => {
    now = waitedMs;
    return limiter.check(acme).allowed;
  };
  return [waitMs, allowedAfter(waitMs - 1), allowedAfter(waitMs)];
}

/** Whether each of three finds a place among two, and a fourth the one that the first gave back. */
function inFlight(): boolean[] {
  const limiter = createLimiter({ limits: [inflight], store: memoryStore() });
  const three = [1, 2, 3].map(() => limiter.reserve(acme));
  if (three[0]?.allowed) three[0].lease.settle();
  return [...three, limiter.reserve(acme)].map(({ allowed }) => allowed);
}

/** What is left of 100 tokens once 80 were reserved and 15 used: not 86, but 85. */
function settled(): boolean[] {
  const limiter = createLimiter({ limits: [tpm], store: memoryStore() });
  const reservation = limiter.reserve(acme, { tokens: 80 });
  const before = limiter.check(acme, { tokens: 21 }).allowed;
  if (reservation.allowed) reservation.lease.settle({ tokens: 15 });
  const after = [86, 85].map((tokens) => limiter.check(acme, { tokens }).allowed);
  return [before, ...after];
}

/** Whether the end of the block that uses a lease frees its places; by hand in an engine that has no `using`. */
function disposed(): boolean {
  const limiter = createLimiter({ limits: [inflight], store: memoryStore() });
  const reservation = limiter.reserve(acme, { inflight: 2 });
  if (!reservation.allowed) return false;
  if (hasDispose()) reservation.lease[Symbol.dispose]();
  else reservation.lease.release();
  return limiter.check(acme, { inflight: 2 }).allowed;
}

/** Whether the engine has `Symbol.dispose`. */
export function hasDispose(): boolean {
  return typeof Symbol.dispose === "symbol";
}

/** The code of the error that a wrong option throws. */
function mistake(): unknown {
  try {
    return slidingWindow({ name: "rpm", limit: -1, window: "1m", per: [] });
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}
