import { isPromise } from "../answer.ts";
import type { Gate, Verdict } from "./admit.ts";
import {
  endExchange,
  type Exchange,
  exchangeOf,
  leaveExchange,
  releaseExchange,
  type RequestState,
} from "./exchange.ts";
import type { NodeRequest, NodeResponse } from "./node-message.ts";
import { beginNode, tapNode } from "./node-tap.ts";
import { problemType, type Refusal } from "./refusal.ts";

/** What a request carries from one `rateLimit()` to the next. */
export interface Carrier {
  rateLimit?: RequestState | null | undefined;
}

/**
 * Decides on `request`, whose response is `res`, and calls one of `pass` and `refuse`, once, or neither when the client has left.
 * The headers are on `res` by then, or where `put` puts them, `request.rateLimit` is there, and the lease will end with the response,
 * whatever becomes of it.
 */
export function admitNode<Req extends Carrier, Answer>(
  gate: Gate<Req, Answer>,
  request: Req,
  req: NodeRequest,
  res: NodeResponse,
  pass: (error?: unknown) => void,
  refuse: (refusal: Refusal) => unknown,
  put: (headers: Readonly<Record<string, string>>) => void = (headers) => setHeaders(res, headers),
): void {
  const exchange = exchangeOf(request.rateLimit);
  let verdict: Verdict | Promise<Verdict>;
  try {
    verdict = gate.admit(request, exchange);
  } catch (error) {
    return pass(error);
  }
  const carryOut = (decided: Verdict): void => {
    if (decided === "gone") return;
    if (decided === "skipped") return pass();
    request.rateLimit = exchange;
    if (res.closed || req.socket.destroyed) {
      // The client has left, and nobody was told: the work is not begun.
      releaseExchange(exchange);
      return leaveExchange(exchange);
    }
    if (decided !== "pass") {
      if (res.headersSent) return void res.destroy();
      put(decided.headers);
      return answered(() => refuse(decided), pass);
    }
    if (!res.headersSent) put(gate.headers(exchange));
    attendNode(exchange, req, res);
    pass();
  };
  if (!isPromise(verdict)) return carryOut(verdict);
  watchNode(exchange, req, res);
  verdict.then(carryOut, pass);
}

/** As `watchNode`, where the end of the response matters; else as soon as somebody wants to know of it. */
export function attendNode(exchange: Exchange, request: NodeRequest, response: NodeResponse): void {
  if (exchange.mustSettle || exchange.plan !== undefined) {
    return watchNode(exchange, request, response);
  }
  exchange.request = request;
  exchange.response = response;
  exchange.watch = watchNow;
}

function watchNow(exchange: Exchange): void {
  const { request, response } = exchange;
  if (request !== undefined && response !== undefined) watchNode(exchange, request, response);
}

/** What fails in answering is the app's to see to. */
function answered(answer: () => unknown, fail: (error: unknown) => void): void {
  try {
    const answering = answer();
    // Also what only can be awaited, as Fastify's reply.
    if (isPromise(answering)) Promise.resolve(answering).catch(fail);
  } catch (error) {
    fail(error);
  }
}

/** Answers a refused request with its problem document. */
export function answerRefusal(res: NodeResponse, { status, problem }: Refusal): void {
  const body = JSON.stringify(problem);
  res.statusCode = status;
  res.setHeader("Content-Type", problemType);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- one of its overloads
  (res.end as (body: string) => unknown)(body);
}

/** Puts `headers` on a response that has not begun. */
export function setHeaders(res: NodeResponse, headers: Readonly<Record<string, string>>): void {
  for (const name in headers) res.setHeader(name, headers[name]!);
}

/**
 * Ends the exchange once the response has ended or its connection has gone, and shows the body to its meter, if it has one by now:
 * may be called again when it has.
 */
export function watchNode(exchange: Exchange, { socket }: NodeRequest, res: NodeResponse): void {
  if (exchange.plan !== undefined && !exchange.isTapped) {
    exchange.isTapped = true;
    tapNode(exchange, res);
  }
  if (exchange.isWatched) return;
  exchange.isWatched = true;
  exchange.watch = undefined;
  // A pipelined response that waits for its turn is not told by Node 20 and 22, nor by Deno.
  const isPipelined = res.socket === null;
  const close = (): void => {
    if (isPipelined) socket.off("close", close);
    if (res.writableEnded) return endExchange(exchange);
    // An answer that had begun, and had said nothing yet.
    if (res.headersSent && exchange.meter === undefined && !exchange.isOver)
      beginNode(exchange, res);
    leaveExchange(exchange);
  };
  // Whoever asked for the lease or the signal may have asked late.
  if (res.closed) return close();
  res.on("close", close);
  if (isPipelined) socket.once("close", close);
}
