import { isPromise } from "../answer.ts";
import type { Signal } from "../lease.ts";
import type { Gate, Verdict } from "./admit.ts";
import {
  endExchange,
  type Exchange,
  leaveExchange,
  releaseExchange,
  type Signalled,
  stopExchange,
} from "./exchange.ts";
import { openMeter } from "./meter.ts";
import { problemType, type Refusal } from "./refusal.ts";

/** The part of a web `Headers` that is used. */
export interface WebHeaders {
  get(name: string): string | null;
  set(name: string, value: string): void;
}

/** The part of a web `Response` that is used. */
export interface WebResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: WebHeaders;
  readonly body: unknown;
}

interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
  cancel(reason?: unknown): Promise<void>;
}
interface Controller {
  enqueue(bytes: Uint8Array): void;
  close(): void;
  error(reason: unknown): void;
}

// Globals of every runtime with `fetch` that are not in the language's own library.
declare const Response: new (body: unknown, init: object) => WebResponse;
declare const ReadableStream: new (
  source: {
    pull(controller: Controller): Promise<void>;
    cancel(reason: unknown): Promise<void>;
  },
  strategy: { highWaterMark: number },
) => unknown;

/**
 * Decides on `request`, whose client leaves when the signal of `source` aborts. Listens to it while the decision takes time, and
 * then where the end of the response matters; else as soon as somebody wants to know of it.
 */
export function admitWeb<Req>(
  gate: Gate<Req, unknown>,
  request: Req,
  exchange: Exchange,
  source: Signalled,
): Verdict | Promise<Verdict> {
  const verdict = gate.admit(request, exchange);
  if (isPromise(verdict)) {
    watchSignal(exchange, source.signal);
    return verdict;
  }
  if (verdict === "skipped") return verdict;
  if (source.signal?.aborted) {
    releaseExchange(exchange);
    leaveExchange(exchange, source.signal.reason);
    return "gone";
  }
  attendSignal(exchange, source);
  return verdict;
}

/** As `watchSignal`, where the end of the response matters; else as soon as somebody wants to know of it. */
export function attendSignal(exchange: Exchange, source: Signalled): void {
  if (exchange.mustSettle || exchange.plan !== undefined) {
    return watchSignal(exchange, source.signal);
  }
  exchange.source = source;
  exchange.watch = watchNow;
}

function watchNow(exchange: Exchange): void {
  watchSignal(exchange, exchange.source?.signal);
}

/** The client has left when `signal` aborts, unless the response has ended before. */
export function watchSignal(exchange: Exchange, signal: Signal | undefined): void {
  if (exchange.isWatched) return;
  exchange.isWatched = true;
  exchange.watch = undefined;
  if (signal === undefined) return;
  const leave = (): void => leaveExchange(exchange, signal.reason);
  if (signal.aborted) return leave();
  signal.addEventListener("abort", leave);
  exchange.onOver = () => signal.removeEventListener("abort", leave);
}

/**
 * `response` again, of the same status and headers: its body goes through the meter, byte for byte, and the exchange ends with
 * it, or when nobody wants it any more. Without a body it ends now. Where nobody wants to know of the end it is `response` itself.
 */
export function tapResponse<Res extends WebResponse>(exchange: Exchange, response: Res): Res {
  if (exchange.isTapped || exchange.isOver) return response;
  if (!exchange.isWatched && !exchange.mustSettle && exchange.plan === undefined) return response;
  exchange.isTapped = true;
  const { status, statusText, headers } = response;
  if (exchange.plan !== undefined) {
    exchange.meter = openMeter(exchange, exchange.plan, {
      status,
      type: headers.get("content-type") ?? undefined,
      encoding: headers.get("content-encoding") ?? undefined,
    });
  }
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a stream of bytes wherever there is a body
  const body = response.body as { getReader(): ByteReader } | null;
  if (body === null) {
    endExchange(exchange);
    return response;
  }
  const tapped = new Response(passing(exchange, body.getReader()), { status, statusText, headers });
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the runtime's own kind, as `response` was
  return tapped as Res;
}

/** Pulled by whoever reads it, and holds nothing back. */
function passing(exchange: Exchange, reader: ByteReader): unknown {
  const source = {
    async pull(controller: Controller): Promise<void> {
      let read: Awaited<ReturnType<ByteReader["read"]>>;
      try {
        read = await reader.read();
      } catch (error) {
        leaveExchange(exchange, error);
        return controller.error(error);
      }
      const { done, value } = read;
      if (done || value === undefined) {
        endExchange(exchange);
        return controller.close();
      }
      const { meter } = exchange;
      const length = meter === undefined ? value.length : meter.push(value);
      if (meter?.closing === undefined) return controller.enqueue(value);
      if (length > 0) controller.enqueue(value.subarray(0, length));
      if (meter.closing.length > 0) controller.enqueue(meter.closing);
      controller.close();
      stopExchange(exchange);
      await reader.cancel().catch(() => {});
    },
    async cancel(reason: unknown): Promise<void> {
      leaveExchange(exchange, reason);
      await reader.cancel(reason);
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** The answer to a refused request: its problem document, with the headers of the chosen forms. */
// eslint-disable-next-line typescript/no-unnecessary-type-parameters -- names the runtime's own kind
export function refusalResponse<Res extends WebResponse>(refusal: Refusal): Res {
  const { status, headers, problem } = refusal;
  const answer = new Response(JSON.stringify(problem), {
    status,
    headers: { ...headers, "Content-Type": problemType },
  });
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the runtime's own kind
  return answer as Res;
}

/** `response` with `headers`; another one where its own cannot be changed, as those of a `fetch`. */
export function withHeaders<Res extends WebResponse>(
  response: Res,
  headers: Readonly<Record<string, string>>,
): Res {
  try {
    for (const name in headers) response.headers.set(name, headers[name]!);
    return response;
  } catch {
    const { body, status, statusText } = response;
    const copy = new Response(body, { status, statusText, headers: response.headers });
    for (const name in headers) copy.headers.set(name, headers[name]!);
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the runtime's own kind, as `response` was
    return copy as Res;
  }
}
