import { allowancesOf } from "../../src/hints/allowances-of.ts";
import { hintOf } from "../../src/hints/hint-of.ts";
import type { Lane, Ticket } from "../../src/queue/lane.ts";
import type { VirtualTime } from "../virtual-time.ts";
import type { SimulatedCall, SimulatedProvider } from "./simulated-provider.ts";

/** What one call through a lane came to. */
export interface Driven {
  readonly status: number | "shed";
  readonly waitedMs: number;
}

/** How a call goes. */
export interface CallOptions {
  readonly class?: string;
  readonly deadlineAtMs?: number;
  /** What a caller takes its output for. Default: what it is. */
  readonly guess?: (tokens: number) => number;
}

const same = (tokens: number): number => tokens;

/** One call through a lane, as a fetch does it. */
export async function callThrough(
  time: VirtualTime,
  lane: Lane,
  provider: SimulatedProvider,
  call: SimulatedCall,
  { class: name = "batch", deadlineAtMs = Infinity, guess = same }: CallOptions = {},
): Promise<Driven> {
  const guessed = guess(call.outputTokens);
  const entered = await lane.enter({
    class: name,
    tokens: call.inputTokens + guessed,
    mostTokens: call.inputTokens + call.maxTokens,
    inputTokens: call.inputTokens,
    outputTokens: guessed,
    deadlineAtMs,
  });
  if (entered.shed !== undefined) return { status: "shed", waitedMs: entered.waitMs };
  return send(time, entered, provider, call);
}

async function send(
  time: VirtualTime,
  ticket: Ticket,
  provider: SimulatedProvider,
  call: SimulatedCall,
): Promise<Driven> {
  const { status, headers, body, whole } = await provider.call(call);
  const nowMs = time.now();
  const hint = hintOf({ status, headers }, body, nowMs);
  ticket.learn({ status, allowances: allowancesOf(headers, nowMs), hint });
  if (status !== 200) {
    ticket.finish({ cause: "rate-limit" });
    return { status, waitedMs: ticket.waitedMs };
  }
  ticket.firstToken();
  await whole;
  const { inputTokens, outputTokens } = call;
  ticket.finish({
    cause: "success",
    tokens: inputTokens + outputTokens,
    inputTokens,
    outputTokens,
  });
  return { status, waitedMs: ticket.waitedMs };
}

/** So many workers, each with one call after the other until the time is over, of which `atEnd` is told; one that is refused tries the same call again. */
export async function workers(
  time: VirtualTime,
  count: number,
  forMs: number,
  next: () => SimulatedCall,
  go: (call: SimulatedCall) => Promise<Driven>,
  atEnd: () => void = () => {},
): Promise<Driven[]> {
  const untilMs = time.now() + forMs;
  const all: Driven[] = [];
  const work = async (): Promise<void> => {
    let call = next();
    while (time.now() < untilMs) {
      const driven = await go(call);
      all.push(driven);
      if (driven.status === 200) call = next();
    }
  };
  const done = Promise.all(Array.from({ length: count }, work));
  await time.advance(forMs);
  atEnd();
  await time.settle();
  await done;
  return all;
}

/** Calls of many sizes: `input` and `output` tokens in the mean. */
export function mixed(time: VirtualTime, input: number, output: number): () => SimulatedCall {
  const size = (mean: number): number => Math.ceil(mean * -Math.log(1 - time.random() * 0.95));
  return () => {
    const outputTokens = size(output);
    return {
      inputTokens: size(input),
      outputTokens,
      maxTokens: Math.max(outputTokens, output * 3),
    };
  };
}
