import { isPromise } from "../answer.ts";
import type { Cost } from "../cost.ts";
import type { Charge } from "../lease.ts";
import { createResponseReader, type Reading, spent } from "../llm/index.ts";
import { createDecoder } from "./decode.ts";
import { endQuietly, type Exchange } from "./exchange.ts";
import { closingOf } from "./hard-stop.ts";
import type { MeterPlan } from "./meter-plan.ts";
import type { Meter, ResponseHead } from "./metered.ts";

const longestMs = 250;
// Small pushes, as of one event each, are read so many at a time, and the more while they come this fast: what reads them is then at
// hand for all but the first.
const heldPushes = 8;
const mostPushes = 32;
const swiftMs = 50;
// What is larger has more than a token or two in it, and does not wait for others.
const smallBytes = 400;
// Less than this of a stream that broke off may be too little to know it by: it has carried next to nothing.
const fewBytes = 4096;
const nothing: Cost = { tokens: 0, inputTokens: 0, outputTokens: 0, cachedTokens: 0 };

/** The meter of a response that begins. */
export function openMeter(exchange: Exchange, plan: MeterPlan, head: ResponseHead): Meter {
  if (isRead(head)) return readingMeter(exchange, plan, head);
  return {
    push: (bytes) => bytes.length,
    closing: undefined,
    end() {
      // What is no answer has generated nothing.
      if (head.status >= 400) settle(exchange, nothing);
      else settleUnread(exchange, plan);
    },
  };
}

function readingMeter(exchange: Exchange, plan: MeterPlan, head: ResponseHead): Meter {
  const { step = 64, hard } = plan;
  const reader = createResponseReader({
    format: plan.format ?? "auto",
    contentType: head.type ?? null,
    ...(plan.count !== undefined && { count: plan.count }),
  });
  const reported = { tokens: 0, inputTokens: 0, outputTokens: 0 };
  let reportedMs = Date.now();
  let noted = 0;
  let isAsking = false;
  let hasOverrun = false;
  let isStopping = false;
  let atBoundary = false;
  let hasEnded = false;
  let seen = 0;
  let held: Uint8Array | undefined;
  let heldLength = 0;
  let pushes = 0;
  let readAt = heldPushes;
  let readMs = reportedMs;
  const reserved = reservedOf(exchange);

  function note(inputTokens: number, outputTokens: number): void {
    noted = Math.max(noted, inputTokens + outputTokens);
    exchange.usage = {
      inputTokens,
      outputTokens,
      tokens: noted,
      cachedTokens: 0,
      isEstimated: true,
      reading: undefined,
    };
  }

  function report(inputTokens: number, outputTokens: number): void {
    const used = {
      tokens: grown(reported, "tokens", inputTokens + outputTokens),
      inputTokens: grown(reported, "inputTokens", inputTokens),
      outputTokens: grown(reported, "outputTokens", outputTokens),
    };
    reportedMs = Date.now();
    const { lease } = exchange;
    if (exchange.hasSettled || lease === undefined) return;
    // As `endQuietly` does, which would take two functions for every step.
    try {
      const charge = lease.extend(used);
      if (!isPromise(charge)) return heard(charge);
      isAsking = true;
      charge.then(heard, () => {}).finally(() => (isAsking = false));
    } catch {}
  }

  function heard(charge: Charge): void {
    if (hasOverrun || !charge.applied || charge.holds) return;
    hasOverrun = true;
    // Nothing can be put into bytes that another middleware has encoded.
    isStopping = hard && !isEncoded;
    plan.overrun(charge);
  }

  /** Sees the body as it was before it was encoded; how many bytes may pass. */
  function see(bytes: Uint8Array): number {
    const { length } = bytes;
    if (length === 0) return 0;
    if (isStopping && atBoundary) return stop(0);
    pushes++;
    // What may end the stream must look at every event, and most bodies are one push.
    if (hard || seen === 0 || length > smallBytes) {
      readHeld();
      return read(bytes);
    }
    held ??= new Uint8Array(mostPushes * smallBytes);
    held.set(bytes, heldLength);
    heldLength += length;
    seen += length;
    if (pushes >= readAt) readHeld();
    return length;
  }

  /** Whether the last report was long ago; looked at so seldom, as the clock costs as much as reading an event. */
  function isLate(): boolean {
    const now = Date.now();
    readAt = pushes + (now - readMs < swiftMs ? mostPushes : heldPushes);
    readMs = now;
    return now - reportedMs >= longestMs;
  }

  function readHeld(): void {
    if (held === undefined || heldLength === 0) return;
    const bytes = held.subarray(0, heldLength);
    seen -= heldLength;
    heldLength = 0;
    read(bytes);
  }

  function read(bytes: Uint8Array): number {
    seen += bytes.length;
    const { outputTokens, inputTokens, boundary } = reader.push(bytes);
    atBoundary = boundary === bytes.length;
    const input = inputTokens ?? plan.estimated?.inputTokens ?? 0;
    const tokens = input + outputTokens;
    const isBeyond =
      input > reserved.inputTokens ||
      outputTokens > reserved.outputTokens ||
      tokens > reserved.tokens;
    const more = tokens - reported.tokens;
    const isDue = (isBeyond && more >= step) || (pushes >= readAt && isLate() && more > 0);
    if (isDue || tokens - noted >= step) note(input, outputTokens);
    if (isDue && !isAsking && !hasEnded) report(input, outputTokens);
    return isStopping && boundary > 0 ? stop(boundary) : bytes.length;
  }

  function stop(length: number): number {
    meter.closing = closingOf(reader.progress, head.type);
    return length;
  }

  /** Whether what was read tells what was used, more than the estimate does. */
  function isKnown(reading: Reading, isWhole: boolean): boolean {
    if (isEncoded && (decoder === undefined || decoder.isBroken())) return false;
    // A JSON body says nothing before its end.
    if (reading.framing === "json" && !isWhole) return reading.usage !== undefined;
    return (
      reading.format !== undefined || reading.usage !== undefined || (!isWhole && seen < fewBytes)
    );
  }

  const isEncoded = head.encoding !== undefined && head.encoding !== "identity";
  const decoder = isEncoded ? createDecoder(head.encoding, see) : undefined;

  function finish(isWhole: boolean): void {
    if (hasEnded) return;
    hasEnded = true;
    readHeld();
    const reading = reader.end();
    if (!isKnown(reading, isWhole)) return settleUnread(exchange, plan);
    const { requests: _, ...used } = spent(reading, plan.estimated);
    exchange.usage = { ...used, isEstimated: reading.isEstimated, reading };
    settle(exchange, { ...used, ...costOf(plan, reading) });
  }

  const meter: Meter = {
    push(bytes) {
      if (decoder !== undefined) decoder.push(bytes);
      else if (!isEncoded) return see(bytes);
      return bytes.length;
    },
    closing: undefined,
    end(isWhole) {
      if (decoder === undefined || !isWhole) finish(isWhole);
      else decoder.end(() => finish(true));
    },
  };
  return meter;
}

/** Settles a response that tells nothing at what was reported, else at the estimate. */
function settleUnread(exchange: Exchange, { estimated }: MeterPlan): void {
  if (estimated !== undefined) {
    const { requests: _, ...expected } = estimated;
    exchange.usage ??= { ...expected, cachedTokens: 0, isEstimated: true, reading: undefined };
  }
  settle(exchange, undefined);
}

function settle(exchange: Exchange, cost: Cost | undefined): void {
  if (!exchange.hasSettled) endQuietly(() => exchange.settle(cost));
}

function costOf({ cost }: MeterPlan, reading: Reading): Cost | undefined {
  // A price that cannot be told leaves the tokens, and the estimate of everything else.
  try {
    return cost?.(reading);
  } catch {
    return undefined;
  }
}

type Counts = Readonly<Record<"tokens" | "inputTokens" | "outputTokens", number>>;

/** Up to where what is used has been charged already, in each unit; nothing where several have reserved. */
function reservedOf({ passed, decision }: Exchange): Counts {
  const least = { tokens: Infinity, inputTokens: Infinity, outputTokens: Infinity };
  if (passed.length !== 1) return { tokens: 0, inputTokens: 0, outputTokens: 0 };
  for (const { limit, cost } of decision.limits) {
    const { unit } = limit;
    if (unit === "tokens" || unit === "inputTokens" || unit === "outputTokens") {
      least[unit] = Math.min(least[unit], cost);
    }
  }
  return least;
}

/** By how much a count has grown; a provider's own may be below what was estimated before. */
function grown<K extends string>(counts: Record<K, number>, name: K, now: number): number {
  const by = Math.max(0, now - counts[name]);
  counts[name] += by;
  return by;
}

const readable =
  /^\s*(?:application\/(?:[\w.+-]*json|jsonl|x-ndjson|vnd\.amazon\.eventstream)|text\/event-stream)\b/i;

function isRead({ status, type }: ResponseHead): boolean {
  return (
    status >= 200 && status < 300 && status !== 204 && (type === undefined || readable.test(type))
  );
}
