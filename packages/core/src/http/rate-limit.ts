import { slidingWindow } from "../algorithms/sliding-window.ts";
import { isPromise } from "../answer.ts";
import type { Cost } from "../cost.ts";
import type { Decision } from "../decision.ts";
import { isSluiceError } from "../errors.ts";
import { joinLeases } from "../join-leases.ts";
import type { Charge, Lease } from "../lease.ts";
import type { Limit } from "../limit.ts";
import { createLimiter, type Limiter, type Reservation } from "../limiter.ts";
import { checkOptions, fail } from "../options.ts";
import { memoryStore, type MemoryStore } from "../store/memory.ts";
import type { Store } from "../store/store.ts";
import type { Subject } from "../subject.ts";

/** Options of `rateLimit()` in every adapter; `Req` is the framework's request. */
export interface RateLimitOptions<Req, S extends Store = MemoryStore> {
  /** Decided together: all or none. Default: 60 requests a minute for each client address. */
  readonly limits?: readonly Limit[] | undefined;
  /** A limiter made before, instead of `limits` and `store`. */
  readonly limiter?: Limiter<S> | undefined;
  /** Where counts live. Default: a new `memoryStore()`. */
  readonly store?: S | undefined;
  /** Who is limited. Default: `{ ip }`, the client's address as the framework's proxy setting tells it, IPv6 by its /64. */
  readonly subject?: ((request: Req) => Subject) | undefined;
  /** What the request is estimated to spend. Default: one request. */
  readonly cost?: ((request: Req) => Cost) | undefined;
  /** Is told once, at construction, what was chosen where no limits are given. Default: `console.info`. */
  readonly log?: ((line: string) => void) | undefined;
}

/** What an adapter works with: the options, checked and completed. */
export interface AdapterOptions<Req, S extends Store> {
  readonly limiter: Limiter<S>;
  readonly subject: (request: Req) => Subject;
  readonly cost: (request: Req) => Cost;
}

const optionNames = ["limits", "limiter", "store", "subject", "cost", "log"];

/**
 * Checks and completes the options of an adapter, which gives its own default subject and log. Throws `invalid-option`, also
 * for a limit that the default subject or cost could not serve.
 */
export function adapterOptions<Req, S extends Store = MemoryStore>(
  options: RateLimitOptions<Req, S>,
  defaults: { readonly subject: (request: Req) => Subject; readonly log: (line: string) => void },
): AdapterOptions<Req, S> {
  checkOptions("rateLimit", options, optionNames);
  const { subject = defaults.subject, cost = oneRequest, log = defaults.log } = options;
  for (const [name, value] of Object.entries({ subject, cost, log })) {
    if (typeof value !== "function") fail(`rateLimit: ${name}`, "a function", value);
  }
  const limiter = limiterOf(options, log);
  for (const { name, unit, per } of limiter.limits) {
    const unserved = per.find((dimension) => dimension !== "ip");
    if (options.subject === undefined && unserved !== undefined) {
      fail("rateLimit: subject", `given, as limit "${name}" is per "${unserved}"`, undefined);
    }
    if (options.cost === undefined && unit !== "requests" && unit !== "inflight") {
      fail("rateLimit: cost", `given, as limit "${name}" counts "${unit}"`, undefined);
    }
  }
  return {
    limiter,
    subject: (req) => atOnce("subject", subject(req)),
    cost: (req) => atOnce("cost", cost(req)),
  };
}

/** What `rateLimit()` leaves on a request. */
export interface RequestState {
  /** Of the `rateLimit()` that decided last. */
  readonly decision: Decision;
  /** Of an allowed request, of all `rateLimit()` that it passed; `undefined` once one has refused it. */
  readonly lease: Lease<Store> | undefined;
}

/**
 * What stands on a request after one more `rateLimit()`: all act as one. A refusal gives back what those before have reserved,
 * so that it charges nothing.
 */
export function requestState(
  before: RequestState | undefined,
  reservation: Reservation<Store>,
): RequestState {
  const held = before?.lease;
  if (!reservation.allowed) {
    if (held !== undefined) endQuietly(() => held.release());
    return { decision: reservation, lease: undefined };
  }
  const { lease, ...decision } = reservation;
  return { decision, lease: held === undefined ? lease : joinLeases(held, lease) };
}

/** Ends a lease for somebody who has gone. */
export function endQuietly(end: () => Charge | Promise<Charge> | undefined): void {
  // A lease that cannot be ended expires by its rule, and there is nobody left to tell.
  try {
    const ended = end();
    if (isPromise(ended)) ended.catch(() => {});
  } catch {}
}

/**
 * Decides on `request` and has `answer` see to it, which says whether the request may go on; then, or with what was thrown on
 * the way, calls `next`, once. A `SluiceError` over what the request brought has `status` 400.
 */
export function admit<Req, S extends Store>(
  { limiter, subject, cost }: AdapterOptions<Req, S>,
  request: Req,
  answer: (reservation: Reservation<Store>) => boolean,
  next: (error?: unknown) => void,
): void {
  const giveUp = (error: unknown): void => next(withStatus(error));
  const proceed = (reservation: Reservation<Store>): void => {
    let goesOn: boolean;
    try {
      goesOn = answer(reservation);
    } catch (error) {
      return giveUp(error);
    }
    if (goesOn) next();
  };
  let reservation: Reservation<Store> | Promise<Reservation<Store>>;
  try {
    reservation = limiter.reserve(subject(request), cost(request));
  } catch (error) {
    return giveUp(error);
  }
  if (isPromise(reservation)) reservation.then(proceed, giveUp);
  else proceed(reservation);
}

function withStatus(error: unknown): unknown {
  const isBadRequest =
    isSluiceError(error) && (error.code === "invalid-subject" || error.code === "invalid-cost");
  return isBadRequest ? Object.assign(error, { status: 400 }) : error;
}

/** A promise would be taken for an object that says nothing, and its rejection would be nobody's. */
function atOnce<T>(option: string, value: T | Promise<T>): T {
  if (!isPromise(value)) return value;
  value.catch(() => {});
  return fail(`rateLimit: ${option}`, "a function that answers at once", "a promise");
}

const oneRequest = (): Cost => ({ requests: 1 });

function limiterOf<Req, S extends Store>(
  options: RateLimitOptions<Req, S>,
  log: (line: string) => void,
): Limiter<S> {
  const { limiter, limits, store } = options;
  if (limiter !== undefined) {
    if (limits !== undefined) fail("rateLimit: limits", "left out beside limiter", limits);
    if (store !== undefined) fail("rateLimit: store", "left out beside limiter", store);
    if (typeof limiter?.reserve !== "function" || !Array.isArray(limiter.limits)) {
      fail("rateLimit: limiter", "a limiter", limiter);
    }
    return limiter;
  }
  if (limits === undefined) {
    if (options.subject !== undefined) {
      fail("rateLimit: limits", "given beside subject: the default limits addresses", limits);
    }
    log(
      `sluice: no limits given, so 60 requests a minute for each client address, counted in ${
        store === undefined ? "this process's memory" : "the given store"
      }`,
    );
  }
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- S is MemoryStore where no store is given
  const counts = store ?? (memoryStore() as Store as S);
  return createLimiter({ limits: limits ?? [defaultLimit()], store: counts });
}

function defaultLimit(): Limit {
  return slidingWindow({ name: "default", limit: 60, window: "1m", per: ["ip"] });
}
