import { endExchange, type Exchange, stopExchange } from "./exchange.ts";
import { openMeter } from "./meter.ts";
import type { Meter, ResponseHead } from "./metered.ts";
import type { NodeResponse } from "./node-message.ts";

type Write<T> = (this: NodeResponse, chunk?: unknown, encoding?: unknown, callback?: unknown) => T;

// Globals of every runtime that has node's responses.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const Buffer: { from(text: string, encoding: string): Uint8Array };
declare function queueMicrotask(callback: () => void): void;

/** Shows the meter of `exchange` what is written to `res`, as it leaves; what the meter ends is ended here. */
export function tapNode(exchange: Exchange, res: NodeResponse): void {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- their overloads come to this
  const target = res as unknown as { write: Write<boolean>; end: Write<unknown> };
  const { write, end } = target;
  let isStopped = false;
  let meter: Meter | undefined;

  /** What of `chunk` may pass, as bytes, when a part of it may; else `undefined`. */
  function part(chunk: unknown, encoding: unknown): Uint8Array | undefined {
    if (exchange.isOver) return undefined;
    meter ??= beginNode(exchange, res);
    if (meter === undefined) return undefined;
    const bytes = bytesOf(chunk, encoding);
    if (bytes === undefined || bytes.length === 0) return undefined;
    const length = meter.push(bytes);
    return meter.closing === undefined ? undefined : bytes.subarray(0, length);
  }

  function stop(passing: Uint8Array): void {
    isStopped = true;
    if (passing.length > 0) write.call(res, passing);
    end.call(res, meter?.closing);
    stopExchange(exchange);
  }

  target.write = function (chunk, encoding, callback) {
    if (isStopped) return dropped(encoding, callback);
    const passing = part(chunk, encoding);
    if (passing === undefined) return write.call(res, chunk, encoding, callback);
    stop(passing);
    return dropped(encoding, callback);
  };
  target.end = function (chunk, encoding, callback) {
    const done = [chunk, encoding, callback].find((one) => typeof one === "function");
    if (isStopped) {
      dropped(done, undefined);
      return res;
    }
    const passing = part(typeof chunk === "function" ? undefined : chunk, encoding);
    if (passing === undefined) {
      // Settled before the client can know that the response has ended.
      endExchange(exchange);
      return end.call(res, chunk, encoding, callback);
    }
    stop(passing);
    dropped(done, undefined);
    return res;
  };
}

/** Opens the meter of `exchange`, if it has a plan: the head of its response is complete. */
export function beginNode(exchange: Exchange, res: NodeResponse): Meter | undefined {
  if (exchange.plan === undefined) return undefined;
  exchange.meter = openMeter(exchange, exchange.plan, headOf(res));
  return exchange.meter;
}

/** Nothing is written any more, and whoever waits for it goes on. */
function dropped(encoding: unknown, callback: unknown): boolean {
  const done = typeof encoding === "function" ? encoding : callback;
  if (typeof done === "function") queueMicrotask(() => done());
  return true;
}

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array | undefined {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk !== "string") return undefined;
  if (typeof encoding !== "string" || /^utf-?8$/i.test(encoding)) return encoder.encode(chunk);
  return Buffer.from(chunk, encoding);
}

const encoder = new TextEncoder();

function headOf(res: NodeResponse): ResponseHead {
  return {
    status: res.statusCode,
    type: headerOf(res, "content-type"),
    encoding: headerOf(res, "content-encoding"),
  };
}

/** Also of a response whose headers went to `writeHead` alone, which keeps them only as they were sent. */
function headerOf(res: NodeResponse, name: string): string | undefined {
  const value = res.getHeader(name);
  if (value !== undefined) return String(value);
  const sent: unknown = Reflect.get(res, "_header");
  if (typeof sent !== "string") return undefined;
  return new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, "im").exec(sent)?.[1];
}
