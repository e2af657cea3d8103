import { isPromise } from "../answer.ts";
import type { Cost } from "../cost.ts";
import type { Refused } from "../decision.ts";
import { isSluiceError } from "../errors.ts";
import type { Limiter } from "../limiter.ts";
import { fail } from "../options.ts";
import { noDeadline, type Reservation, type ReserveOptions } from "../reserving.ts";
import type { MemoryStore } from "../store/memory.ts";
import type { Store } from "../store/store.ts";
import type { Subject } from "../subject.ts";
import { type Exchange, holdLease, releaseExchange } from "./exchange.ts";
import { createHeaders } from "./headers.ts";
import { planMeter } from "./meter-plan.ts";
import { checkedOptions, type Framework, type RateLimitOptions } from "./options.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import { createIds, payingLease } from "./request-id.ts";
import { createQueue } from "./waiting.ts";

/** What is to be done with a request: it goes on, also uncounted; nobody is there any more; or it is refused. */
export type Verdict = "pass" | "skipped" | "gone" | Refusal;

/** One `rateLimit()`, whatever the framework. */
export interface Gate<Req, Answer> {
  /**
   * Decides on `request`, at once where the store does and nobody waits. On `exchange` stand afterwards the decision and the
   * lease of all gates so far. Throws, or rejects with, what could not be decided: a `SluiceError` over what the request
   * brought has `status` 400. Then, as on a refusal, what was reserved before has been given back.
   */
  admit(request: Req, exchange: Exchange): Verdict | Promise<Verdict>;
  /** The headers of the response to a request that passed. */
  readonly headers: (exchange: Exchange) => Readonly<Record<string, string>>;
  /** What answers refusals in the framework's way; `undefined` for a problem document. */
  readonly onRefused: Answer | undefined;
  /** What decides: others may count with it. */
  readonly limiter: Limiter<Store>;
}

/** The gate that `options` make in `framework`. Throws `invalid-option`. */
export function createGate<Req, Answer, S extends Store = MemoryStore>(
  options: RateLimitOptions<Req, S, Answer>,
  framework: Framework<Req>,
): Gate<Req, Answer> {
  const { limiter, subject, cost, id, deadline, skip, wait, forms, onRefused, ...metering } =
    checkedOptions(options, framework);
  const headersOf = createHeaders(forms);
  const ids = id === undefined ? undefined : createIds(id);
  const queue = wait === undefined ? undefined : createQueue(wait);
  const onlyThis: readonly object[] = [limiter];
  const unnamed: ReserveOptions = deadline === undefined ? noDeadline : { deadline };

  function reserve(asked: Asked<Req>): Reservation<Store> | Promise<Reservation<Store>> {
    const name = ids?.idOf(asked.request, asked.subject);
    if (ids === undefined || name === undefined) {
      return limiter.reserve(asked.subject, asked.cost, unnamed);
    }
    const check = (found: Reservation<Store>): ReturnType<typeof reserve> => {
      if (!found.allowed || !found.replayed) return found;
      if (!ids.mayReplay(name)) return limiter.reserve(asked.subject, asked.cost, unnamed);
      return { ...found, lease: payingLease(found.lease, limiter, asked.subject) };
    };
    const found = limiter.reserve(asked.subject, asked.cost, { ...unnamed, id: name });
    return isPromise(found) ? found.then(check) : check(found);
  }

  function judge(asked: Asked<Req>, found: Reservation<Store>): Verdict | Promise<Verdict> {
    const { exchange } = asked;
    if (!found.allowed) return exchange.isGone ? gone(exchange) : refuse(asked, found);
    holdLease(exchange, found);
    if (exchange.isGone) return gone(exchange);
    const { passed, shown } = exchange;
    exchange.passed = passed.length === 0 ? onlyThis : [...passed, limiter];
    if (forms.length > 0) {
      exchange.shown = passed.length === 0 ? found.limits : [...shown, ...found.limits];
    }
    if (metering.meter !== undefined) {
      exchange.plan = planMeter(metering, asked.cost, asked.request);
    }
    return "pass";
  }

  function refuse(asked: Asked<Req>, refused: Refused): Verdict | Promise<Verdict> {
    const { exchange } = asked;
    const turn = queue?.(refused, asked);
    if (turn !== undefined) {
      return turn.then(() => (exchange.isGone ? gone(exchange) : decide(asked)));
    }
    releaseExchange(exchange);
    exchange.decision = refused;
    const shown = forms.length === 0 ? [] : [...exchange.shown, ...refused.limits];
    return refusalOf(refused, headersOf(shown, refused));
  }

  function decide(asked: Asked<Req>): Verdict | Promise<Verdict> {
    const found = reserve(asked);
    return isPromise(found) ? found.then((one) => judge(asked, one)) : judge(asked, found);
  }

  return {
    admit(request, exchange) {
      let verdict: Verdict | Promise<Verdict>;
      try {
        if (skip?.(request)) return "skipped";
        if (exchange.passed.includes(limiter)) return "pass";
        verdict = decide({
          request,
          exchange,
          subject: atOnce("subject", subject(request)),
          cost: atOnce("cost", cost(request)),
          sinceMs: undefined,
        });
      } catch (error) {
        return giveUp(exchange, error);
      }
      return isPromise(verdict) ? verdict.catch((error) => giveUp(exchange, error)) : verdict;
    },
    headers: (exchange) => headersOf(exchange.shown, exchange.decision),
    onRefused,
    limiter,
  };
}

/** A request that is being decided. */
interface Asked<Req> {
  readonly request: Req;
  readonly exchange: Exchange;
  readonly subject: Subject;
  readonly cost: Cost;
  /** When it began to wait. */
  sinceMs: number | undefined;
}

function gone(exchange: Exchange): "gone" {
  releaseExchange(exchange);
  return "gone";
}

function giveUp(exchange: Exchange, error: unknown): never {
  releaseExchange(exchange);
  const isBadRequest =
    isSluiceError(error) && (error.code === "invalid-subject" || error.code === "invalid-cost");
  throw isBadRequest ? Object.assign(error, { status: 400 }) : error;
}

/** A promise would be taken for an object that says nothing, and its rejection would be nobody's. */
function atOnce<T>(option: string, value: T | Promise<T>): T {
  if (!isPromise(value)) return value;
  value.catch(() => {});
  return fail(`rateLimit: ${option}`, "a function that answers at once", "a promise");
}
