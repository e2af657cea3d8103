import {
  endExchange,
  type Exchange,
  leaveExchange,
  openMeter,
  stopExchange,
} from "@sluice/core/http";
import { isTrackedEnvelope, type TRPCProcedureType } from "@trpc/server";
import { isObservable, observable, type Observable } from "@trpc/server/observable";

/** The result of a call, as a middleware is given it. */
interface Result {
  readonly ok: boolean;
  readonly data?: unknown;
}

/** `result` again; the exchange ends with it, or with the last value of the stream that it is. */
export function metered<R extends Result>(
  exchange: Exchange,
  type: TRPCProcedureType,
  result: R,
): R {
  const { ok, data } = result;
  if (ok && isAsyncIterable(data)) return { ...result, data: awaited(exchange, data) };
  if (ok && type === "subscription" && isObservable(data)) {
    return { ...result, data: observed(exchange, data) };
  }
  if (ok) see(exchange, data, "application/json");
  endExchange(exchange);
  return result;
}

// tRPC drops a stream that its client has no link for, and tells nobody.
const mostIdleMs = 5_000;

/** The values of `source`; the exchange ends, too, when nobody begins to ask for them. */
function awaited(exchange: Exchange, source: AsyncIterable<unknown>): AsyncIterable<unknown> {
  const values = valuesOf(exchange, source);
  const timer = setTimeout(() => {
    leaveExchange(exchange);
    void values.return(undefined);
  }, mostIdleMs);
  // A number where it is not Node's.
  const handle: { unref?: () => void } = timer;
  handle.unref?.();
  return {
    [Symbol.asyncIterator]() {
      clearTimeout(timer);
      return values;
    },
  };
}

async function* valuesOf(
  exchange: Exchange,
  source: AsyncIterable<unknown>,
): AsyncGenerator<unknown, unknown> {
  const iterator = source[Symbol.asyncIterator]();
  let isDone = false;
  try {
    while (true) {
      const step = await iterator.next();
      if (step.done) {
        isDone = true;
        endExchange(exchange);
        return step.value;
      }
      const mayGoOn = see(exchange, step.value, "application/x-ndjson");
      yield step.value;
      // The budget has run out, and with it whoever produces the values.
      if (!mayGoOn) return stopExchange(exchange);
    }
  } catch (error) {
    isDone = true;
    leaveExchange(exchange, error);
    throw error;
  } finally {
    leaveExchange(exchange);
    if (!isDone) await iterator.return?.();
  }
}

function observed(
  exchange: Exchange,
  source: Observable<unknown, unknown>,
): Observable<unknown, unknown> {
  return observable((observer) => {
    const subscription = source.subscribe({
      next(value) {
        const mayGoOn = see(exchange, value, "application/x-ndjson");
        observer.next(value);
        if (mayGoOn) return;
        stopExchange(exchange);
        observer.complete();
      },
      error(error) {
        leaveExchange(exchange, error);
        observer.error(error);
      },
      complete() {
        endExchange(exchange);
        observer.complete();
      },
    });
    return () => {
      leaveExchange(exchange);
      subscription.unsubscribe();
    };
  });
}

/** Shows a value to the meter, as the bytes that a provider would have sent; false when it has to be the last. */
function see(exchange: Exchange, value: unknown, type: string): boolean {
  const { plan } = exchange;
  if (plan === undefined || exchange.isOver) return true;
  exchange.meter ??= openMeter(exchange, plan, { status: 200, type, encoding: undefined });
  const text = textOf(isTrackedEnvelope(value) ? value[1] : value);
  if (text !== undefined) exchange.meter.push(new TextEncoder().encode(`${text}\n`));
  return exchange.meter.closing === undefined;
}

/** `value` as a provider would have sent it; `undefined` where only a transformer can, as of a bigint. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
