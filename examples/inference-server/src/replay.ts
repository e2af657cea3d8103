import { setMaxListeners } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import type { Load, LoadRequest } from "./load/load.ts";
import { tokensHeader } from "./model-server.ts";
import { answerMs, longestPrompt, maxTokens } from "./plan.ts";
import { reasonOf } from "./reason.ts";

/** How a replay is run. */
export interface ReplayOptions {
  /** Of the gateway, on loopback. */
  readonly port: number;
  readonly speed: number;
  /** Nothing is sent after this time. */
  readonly forMs: number;
  readonly model: string;
  /** Stops sending; what was sent may still be answered. */
  readonly signal: AbortSignal;
}

/** How a replay went. */
export interface Answers {
  readonly sent: number;
  /** Not sent because their time was over. */
  readonly notSent: number;
  /** Not answered when the run ended. */
  readonly unfinished: number;
  /** Neither answered nor refused, by reason. */
  readonly failures: ReadonlyMap<string, number>;
}

/** How many requests failed. */
export function failed({ failures }: Answers): number {
  return [...failures.values()].reduce((sum, times) => sum + times, 0);
}

/** Whether too many of those that were let through failed for a limit that held to mean anything. */
export function provesLittle(answers: Answers, refused: number): boolean {
  return failed(answers) > (answers.sent - refused) * 0.05;
}

/** How late a timer may be. */
const lateMs = 50;
/** Beyond the time that the longest answer takes. */
const marginMs = 10_000;
/** How long the last answers may take once the replay was stopped. */
const shortPatienceMs = 1_000;

/** Sends every request of `load` when it is due, whatever became of those before, and waits for the last answers. */
export async function replay(load: Load, options: ReplayOptions): Promise<Answers> {
  const { speed, forMs, signal } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const over = new AbortController();
  // Every request listens to it.
  setMaxListeners(0, over.signal);
  const pending = new Set<Promise<void>>();
  const failures = new Map<string, number>();
  let sent = 0;
  let unfinished = 0;

  function count(failure: string | undefined): void {
    if (failure === undefined) return;
    if (over.signal.aborted) unfinished++;
    else failures.set(failure, (failures.get(failure) ?? 0) + 1);
  }

  const start = performance.now();
  for (const item of load.requests) {
    const waitMs = item.atMs / speed - (performance.now() - start);
    if (waitMs > 1) await sleep(waitMs, undefined, { signal }).catch(() => {});
    if (signal.aborted || performance.now() - start > forMs + lateMs) break;
    sent++;
    const asked = ask(item, options, agent, over.signal)
      .then(count)
      .finally(() => pending.delete(asked));
    pending.add(asked);
  }
  const notSent = signal.aborted ? 0 : load.requests.length - sent;

  const longestMs = answerMs(longestPrompt(load.requests), maxTokens) / speed;
  const patience = AbortSignal.any([signal, over.signal]);
  const waited = sleep(longestMs + marginMs, undefined, { signal: patience }).catch(() => {});
  const cut = waited.then(async () => {
    if (signal.aborted) await sleep(shortPatienceMs, undefined, { ref: false });
  });
  await Promise.race([Promise.all(pending), cut]);
  over.abort();
  await Promise.all(pending);
  agent.destroy();
  return { sent, notSent, unfinished, failures };
}

/** Sends one request and reads its answer; answers why it failed, if it did. */
async function ask(
  item: LoadRequest,
  { port, model }: ReplayOptions,
  agent: Agent,
  signal: AbortSignal,
): Promise<string | undefined> {
  const body = JSON.stringify({
    model,
    messages: [{ role: "user", content: promptOf(item.contextTokens) }],
    max_tokens: maxTokens,
    stream: item.stream,
  });
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-tenant": item.tenant,
    [tokensHeader]: item.generatedTokens,
  };
  const path = "/v1/chat/completions";
  let tail = "";
  try {
    const sent = request({ agent, host: "127.0.0.1", port, path, method: "POST", headers, signal });
    sent.end(body);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once("response", resolve).on("error", reject);
    });
    for await (const text of answer.setEncoding("utf8")) tail = `${tail}${text}`.slice(-1000);
    const { statusCode, statusMessage } = answer;
    // The gateway's own refusals; a 429 of the model server behind it is a failure.
    const isRefusal =
      statusCode === 429 && answer.headers["content-type"]?.startsWith("application/problem+json");
    if (statusCode === 200 || isRefusal) return undefined;
    return `${statusCode}: ${messageIn(tail) ?? statusMessage}`;
  } catch (error) {
    return messageIn(tail) ?? reasonOf(error);
  }
}

/** What an answer in JSON or the last event of a stream says went wrong. */
function messageIn(text: string): string | undefined {
  const [, quoted] = /"(?:message|detail)":\s*("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  if (quoted === undefined) return undefined;
  try {
    return JSON.parse(quoted) as string;
  } catch {
    // Not strict JSON: told as it came.
    return quoted;
  }
}

let longest = "";

/** A prompt of so many tokens, at four characters each. */
function promptOf(tokens: number): string {
  if (longest.length < tokens * 4) longest = "ask ".repeat(tokens * 2);
  return longest.slice(0, tokens * 4);
}
