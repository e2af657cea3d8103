import { getEventListeners, once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

import {
  createBreaker,
  createFetch,
  createLanes,
  systemTiming,
  type Timing,
} from "@sluice/client-fetch";

/** How much is done. */
export interface LeakPlan {
  readonly calls: number;
  readonly parallel: number;
  readonly seed: number;
}

/** What is left when all calls are over, and how they ended. */
export interface LeakReport {
  readonly sockets: number;
  readonly timers: number;
  readonly listeners: number;
  /** In lanes and circuits. */
  readonly inFlight: number;
  readonly queued: number;
  readonly unhandled: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

const json =
  '{"object":"chat.completion","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}';
const event = (text: string, finish: string | null): string =>
  `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":${JSON.stringify(finish)}}]}\n\n`;

type Behaviour = (response: ServerResponse) => void;
const jsonHead = { "content-type": "application/json" };
const streamHead = { "content-type": "text/event-stream" };

// Each way that an answer may come, or not.
const behaviours: readonly Behaviour[] = [
  (response) => response.writeHead(200, jsonHead).end(json),
  (response) =>
    response
      .writeHead(200, streamHead)
      .end(`${event("a", null)}${event("b", "stop")}data: [DONE]\n\n`),
  (response) => response.writeHead(500, jsonHead).end('{"error":{"message":"no"}}'),
  (response) => response.writeHead(404, jsonHead).end("{}"),
  (response) => response.destroy(),
  (response) => response.writeHead(200, jsonHead).end(json.slice(0, 40)),
  (response) => response.writeHead(200, streamHead).end(event("a", null)),
  (response) => {
    response.writeHead(200, { ...jsonHead, "content-length": 500 }).write(json.slice(0, 40));
    response.destroy();
  },
  (response) => {
    response.writeHead(200, streamHead).write(event("a", null));
    setTimeout(() => response.destroy(), 3);
  },
  // Nothing, and the beginning of something, for ever.
  () => {},
  (response) => response.writeHead(200, streamHead).write(event("a", null)),
  (response) => response.writeHead(200, jsonHead).write("{"),
  (response) => response.writeHead(503, jsonHead).write("{"),
];

/** Makes calls that end in every way, aborted at any instant or not, and counts what is left of them. */
export async function leak({ calls, parallel, seed }: LeakPlan): Promise<LeakReport> {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const sockets = new Set<Socket>();
  // Connections that are not used end soon, so that those left over are leaks: also those that `fetch` opened for calls that were aborted before.
  const unused = { connectionsCheckingInterval: 100, headersTimeout: 300 };
  const server = createServer(unused, (request, response) => {
    response.on("error", () => {});
    request.on("error", () => {});
    request.on("data", (chunk: Buffer) => {
      const isLimited = chunk.includes("limited") && random() < 0.5;
      const behaviour = behaviours[Math.floor(random() * behaviours.length)]!;
      if (isLimited) response.writeHead(429, { "retry-after-ms": "2" }).end();
      else behaviour(response);
    });
  });
  server.keepAliveTimeout = 20;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  const url = `http://127.0.0.1:${address.port}/v1/chat/completions`;

  let timers = 0;
  const timing: Timing = {
    ...systemTiming,
    after(ms, done) {
      timers += 1;
      let isSet = true;
      const over = (): boolean => {
        if (!isSet) return false;
        isSet = false;
        timers -= 1;
        return true;
      };
      const stop = systemTiming.after(ms, () => over() && done());
      return () => {
        over();
        stop();
      };
    },
  };
  let unhandled = 0;
  const count = (): void => void (unhandled += 1);
  process.on("unhandledRejection", count);

  // Never open: what is not sent can leak nothing.
  const breaker = createBreaker({ timing, threshold: 100 });
  const lanes = createLanes({ timing, places: { initial: parallel, min: parallel } });
  const fetch = createFetch({
    timing,
    lanes,
    breaker,
    deadline: 500,
    retry: { base: 1, cap: 3 },
    budget: { ratio: 1, floor: calls },
    answer: { betweenTokens: 60 },
  });
  const shared = new AbortController().signal;
  const outcomes: Record<string, number> = {};
  let listeners = 0;
  let left = calls;

  async function call(): Promise<void> {
    const own = new AbortController();
    const isShared = random() < 0.5;
    const isAborted = random() < 0.5;
    const abort = isAborted ? setTimeout(() => own.abort(), random() * 60) : undefined;
    const how = random();
    let outcome: string;
    try {
      const model = random() < 0.1 ? "limited" : "m";
      const body = JSON.stringify({ model, stream: random() < 0.5, messages: [] });
      const signal = isShared ? shared : own.signal;
      const response = await fetch(url, { method: "POST", body, signal });
      outcome = `status ${response.status}`;
      if (how < 0.2) await response.body?.cancel();
      else if (how < 0.4) {
        const reader = response.body?.getReader();
        await reader?.read();
        await reader?.cancel();
      } else await response.text();
    } catch (error) {
      outcome = error instanceof Error ? `${error.name} ${codeOf(error)}` : "?";
    }
    clearTimeout(abort);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    listeners += getEventListeners(own.signal, "abort").length;
  }

  async function work(): Promise<void> {
    while (left-- > 0) await call();
  }
  await Promise.all(Array.from({ length: parallel }, work));

  // Connections that are over are closed by both ends in their own time.
  for (let looks = 0; looks < 100 && sockets.size > 0; looks++) await wait(20);
  const report: LeakReport = {
    sockets: sockets.size,
    timers,
    listeners: listeners + getEventListeners(shared, "abort").length,
    inFlight: [...lanes.states(), ...breaker.states()].reduce((sum, one) => sum + one.inFlight, 0),
    queued: lanes.states().reduce((sum, one) => sum + one.queued, 0),
    unhandled,
    outcomes,
  };
  process.off("unhandledRejection", count);
  server.closeAllConnections();
  server.close();
  return report;
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}
