import { isPromise } from "../answer.ts";
import type { Cost } from "../cost.ts";
import type { Allowed, Decision, LimitState } from "../decision.ts";
import { joinLeases } from "../join-leases.ts";
import { isLate } from "../late-reservation.ts";
import type { Charge, Lease, Signal } from "../lease.ts";
import type { Store } from "../store/store.ts";
import type { MeterPlan } from "./meter-plan.ts";
import type { Meter, Metered } from "./metered.ts";
import type { NodeRequest, NodeResponse } from "./node-message.ts";
import { createController, type RequestController, type RequestSignal } from "./request-signal.ts";

/** What `rateLimit()` leaves on a request, one for all that the request passes: they act as one. */
export interface RequestState {
  /** Of the `rateLimit()` that decided last. */
  readonly decision: Decision;
  /** Of an allowed request, of all `rateLimit()` that it passed; `undefined` once one has refused it. */
  readonly lease: Lease<Store> | undefined;
  /**
   * What the meter has read in the response so far; `undefined` without a meter, and until it has read something. Of a response
   * that it cannot read, in the end, the estimate, where `cost` names `inputTokens`.
   */
  readonly usage: Metered | undefined;
  /** Aborts when the client leaves before the response has ended, and when a meter with `hard` ends it. */
  readonly signal: RequestSignal;
  /**
   * Ends the lease at what was really used, in every limit that the request met; the meter has no say any more. A unit that is
   * not named is charged what was reported, else its estimate. Throws `invalid-cost`.
   */
  settle(actual?: Cost): Charge | Promise<Charge> | undefined;
}

/** A `RequestState` as adapters work on it: one for each request, opened before the first decision. */
export interface Exchange extends RequestState {
  decision: Decision;
  /** What has the lease, which is made, for most requests, only when somebody asks for it. */
  held: Held | undefined;
  usage: Metered | undefined;
  /** The limiters that have let the request pass, each charged once. */
  passed: readonly object[];
  /** The limits that the response's headers tell of. */
  shown: readonly LimitState[];
  /** How the response is metered: by the latest `rateLimit()` that has a meter. */
  plan: MeterPlan | undefined;
  /** Reads the response; there once its body has begun. */
  meter: Meter | undefined;
  /** Whether the response shows its body to the meter. */
  isTapped: boolean;
  /** The client left, or the response broke off: nobody will do, or wants, the work. */
  isGone: boolean;
  /** The response has ended, or never will. */
  isOver: boolean;
  /** Whether somebody listens for the end of the response. */
  isWatched: boolean;
  /** Whether the end of the response changes anything in the store: not while all that was charged stays charged anyway. */
  mustSettle: boolean;
  hasSettled: boolean;
  controller: RequestController | undefined;
  /** Begins to listen for the end of the response: for whoever asks for the lease or the signal where nobody listens yet. */
  watch: ((exchange: Exchange) => void) | undefined;
  /** Of node, what `watch` is to listen to. A function that held them would hold whatever else was at hand where it was made. */
  request: NodeRequest | undefined;
  response: NodeResponse | undefined;
  /** Of the web, what has the signal that `watch` is to listen to: runtimes make one when it is asked for. */
  source: Signalled | undefined;
  /** Is told once that the client left. */
  onGone: (() => void) | undefined;
  /** Is told once that the exchange is over, however. */
  onOver: (() => void) | undefined;
}

/** What says when the client leaves: a web request, or a call. */
export interface Signalled {
  readonly signal?: Signal | undefined;
}

/** What has a lease. */
interface Held {
  readonly lease: Lease<Store>;
}

const none: readonly never[] = [];

/**
 * A class within, as nothing else is: made for every request, with a getter that few ask for. A literal that has one, or a prototype,
 * costs twenty times as much.
 */
class Opened implements Exchange {
  // Nobody is shown it before there is one.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  decision: Decision = undefined as unknown as Decision;
  held: Held | undefined = undefined;
  usage: Metered | undefined = undefined;
  passed: readonly object[] = none;
  shown: readonly LimitState[] = none;
  plan: MeterPlan | undefined = undefined;
  meter: Meter | undefined = undefined;
  isTapped = false;
  isGone = false;
  isOver = false;
  isWatched = false;
  mustSettle = false;
  hasSettled = false;
  controller: RequestController | undefined = undefined;
  watch: ((exchange: Exchange) => void) | undefined = undefined;
  request: NodeRequest | undefined = undefined;
  response: NodeResponse | undefined = undefined;
  source: Signalled | undefined = undefined;
  onGone: (() => void) | undefined = undefined;
  onOver: (() => void) | undefined = undefined;
  readonly settle = (actual?: Cost): Charge | Promise<Charge> | undefined => settle(this, actual);

  get lease(): Lease<Store> | undefined {
    if (this.held === undefined) return undefined;
    this.mustSettle = true;
    this.watch?.(this);
    return this.held.lease;
  }

  get signal(): RequestSignal {
    if (this.controller === undefined) {
      this.controller = createController();
      this.watch?.(this);
      if (this.isGone) this.controller.abort();
    }
    return this.controller.signal;
  }
}

/** A new exchange, with no decision yet. */
export function openExchange(): Exchange {
  return new Opened();
}

/** The exchange that an earlier `rateLimit()` left as `state`; a new one where there is none, or something else, as others keep there. */
export function exchangeOf(state: unknown): Exchange {
  // By its shape, as it may be that of another copy of this module.
  return typeof state === "object" && state !== null && "passed" in state
    ? // eslint-disable-next-line typescript/no-unsafe-type-assertion -- nobody else has such a list
      (state as Exchange)
    : openExchange();
}

/** One more lease for the request, of a limiter that has let it pass. */
export function holdLease(exchange: Exchange, reservation: Allowed & Held): void {
  const { held } = exchange;
  exchange.decision = reservation;
  if (!isLate(reservation)) exchange.mustSettle = true;
  exchange.held =
    held === undefined ? reservation : { lease: joinLeases(held.lease, reservation.lease) };
  // What was settled before was of the others.
  exchange.hasSettled = false;
}

/**
 * The request will not be worked on: what was reserved for it goes back, but for what was reported. If it goes on all the same, it is as one that
 * has not passed any limiter.
 */
export function releaseExchange(exchange: Exchange): void {
  const { held } = exchange;
  exchange.held = undefined;
  exchange.passed = none;
  if (held !== undefined) endQuietly(() => held.lease.release());
}

/** The whole response has been handed over: the lease settles at what the meter read, else at what was reported. */
export function endExchange(exchange: Exchange): void {
  if (exchange.isOver) return;
  exchange.isOver = true;
  exchange.onOver?.();
  settleQuietly(exchange, true);
}

/** The client left, or the response broke off: the handler's signal aborts, and the lease settles at what was produced. */
export function leaveExchange(exchange: Exchange, reason?: unknown): void {
  if (exchange.isOver) return;
  exchange.isOver = true;
  exchange.isGone = true;
  exchange.onGone?.();
  exchange.onOver?.();
  exchange.controller?.abort(reason);
  // Whoever listens for the same end may still settle it better.
  void Promise.resolve().then(() => settleQuietly(exchange, false));
}

/** The meter has ended the response: the handler's signal aborts, so that it stops its work. */
export function stopExchange(exchange: Exchange): void {
  endExchange(exchange);
  exchange.controller?.abort();
  exchange.isGone = true;
}

function settleQuietly(exchange: Exchange, isWhole: boolean): void {
  const { meter } = exchange;
  if (meter !== undefined) return meter.end(isWhole);
  if (exchange.mustSettle && !exchange.hasSettled) endQuietly(() => settle(exchange));
}

function settle(exchange: Exchange, actual?: Cost): Charge | Promise<Charge> | undefined {
  const charge = exchange.lease?.settle(actual);
  exchange.hasSettled = true;
  // Whoever waits for it is told; most do not.
  if (isPromise(charge)) charge.catch(() => {});
  return charge;
}

/** Ends a lease for somebody who has gone. */
export function endQuietly(end: () => Charge | Promise<Charge> | undefined): void {
  // A lease that cannot be ended expires by its rule, and there is nobody left to tell.
  try {
    const ended = end();
    if (isPromise(ended)) ended.catch(() => {});
  } catch {}
}
