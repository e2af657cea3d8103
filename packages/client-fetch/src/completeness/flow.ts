import type { Attempt } from "../attempt.ts";
import type { Ended } from "../outcome.ts";
import type { Watchdog } from "../watchdog/watchdog.ts";
import type { Begun } from "./begun.ts";
import { endOfError } from "./end-of-error.ts";
import { type BytesEnd, endedOf } from "./ended-of.ts";
import type { Handling } from "./handling.ts";
import type { Inspector } from "./inspector.ts";
import { truncatedError } from "./truncated-error.ts";
import type { Trust } from "./trust-of.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** Where bytes go that are not held back. */
interface Sink {
  enqueue(bytes: Bytes): void;
  close(): void;
  error(reason: unknown): void;
}

/** The way of a body's bytes from where they come to who reads them. */
export interface Flow {
  readonly begun: Promise<Begun>;
  readonly ended: Promise<Ended>;
  /** Gives `sink` the next bytes, or the end, once they are there. */
  pull(sink: Sink): void;
  /** All that was held back, once it is whole, and is not taken away by `pull`. */
  whole(): Bytes | undefined;
  /** Nobody wants more: the reader, or who sent the request. */
  leave(reason: unknown): Promise<void>;
}

/** What a flow is made of. */
export interface FlowParts {
  readonly source: ReadableStreamDefaultReader<Bytes>;
  readonly handling: Handling;
  readonly inspector: Inspector;
  readonly trust: Trust;
  readonly isEncoded: boolean;
  readonly isAnswer: boolean;
  readonly maxHeldBytes: number;
  readonly url: () => string;
  readonly signal: AbortSignal | undefined;
  readonly attempts: readonly Attempt[] | undefined;
  readonly watchdog: (onStall: () => void) => Watchdog;
}

/** A flow that holds back what `handling` says. It keeps no reference to a sink but while that waits. */
export function createFlow(parts: FlowParts): Flow {
  const { source, handling, inspector } = parts;
  const held: Bytes[] = [];
  let heldBytes = 0;
  let isHolding = true;
  let isReading = false;
  let isOver = false;
  let failure: unknown;
  let sink: Sink | undefined;
  let begin!: (begun: Begun) => void;
  let tell!: (ended: Ended) => void;
  const begun = new Promise<Begun>((resolve) => (begin = resolve));
  const ended = new Promise<Ended>((resolve) => (tell = resolve));
  const watchdog = parts.watchdog(() => {
    finish("stalled", undefined);
    source.cancel(failure).catch(ignore);
  });

  function read(): void {
    if (isReading) return;
    isReading = true;
    watchdog.waiting();
    source.read().then(came, broke);
  }

  function came({ done, value }: Awaited<ReturnType<typeof source.read>>): void {
    isReading = false;
    if (isOver) return;
    if (done) return finish("end", undefined);
    watchdog.came(inspector.see(value));
    if (inspector.hasEnded() || inspector.progress.error !== undefined) watchdog.ending();
    if (isHolding) return hold(value);
    const to = sink;
    sink = undefined;
    if (to === undefined) held.push(value);
    else to.enqueue(value);
  }

  function hold(value: Bytes): void {
    held.push(value);
    heldBytes += value.length;
    const isFull = heldBytes > parts.maxHeldBytes;
    if (isFull || (handling === "stream" && inspector.hasContent())) goOn();
    else read();
  }

  function goOn(): void {
    isHolding = false;
    begin({ begun: true });
    if (sink !== undefined) flow.pull(sink);
  }

  function broke(error: unknown): void {
    isReading = false;
    if (isOver) return;
    finish(endOfError(error, parts.signal), error);
  }

  function finish(bytes: BytesEnd, cause: unknown): void {
    isOver = true;
    watchdog.stop();
    const end = endedOf({
      handling,
      trust: parts.trust,
      isAnswer: parts.isAnswer,
      isEncoded: parts.isEncoded,
      reading: inspector.end(),
      bytes,
      hasBytes: inspector.hasBytes(),
      isOpaque: inspector.isOpaque(),
    });
    const isTruncated = end.outcome === "truncated";
    const partial = isHolding && isTruncated ? joined(held) : undefined;
    failure = isTruncated
      ? truncatedError(end, parts.url(), parts.attempts, partial, cause)
      : cause;
    tell(end);
    if (isHolding) {
      isHolding = false;
      const isGood = end.outcome !== "failed" && failure === undefined;
      begin(isGood ? { begun: true } : { ended: end, error: failure });
    }
    if (sink !== undefined) flow.pull(sink);
  }

  const flow: Flow = {
    begun,
    ended,
    pull(to) {
      sink = undefined;
      const bytes = isHolding ? undefined : held.shift();
      if (bytes !== undefined) to.enqueue(bytes);
      else if (!isOver) {
        sink = to;
        read();
      } else if (failure === undefined) to.close();
      else to.error(failure);
    },
    whole() {
      if (!isOver || failure !== undefined) return undefined;
      const all = joined(held);
      held.length = 0;
      return all;
    },
    async leave(reason) {
      if (!isOver)
        finish("left", reason ?? new DOMException("nobody reads the answer", "AbortError"));
      held.length = 0;
      await source.cancel(reason).catch(ignore);
    },
  };
  if (handling === "pass") goOn();
  else read();
  return flow;
}

function joined(chunks: readonly Bytes[]): Bytes {
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function ignore(): void {}
