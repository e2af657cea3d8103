import { EventEmitter, once } from "node:events";
import type { AddressInfo } from "node:net";

import { serve, upgradeWebSocket, type WebSocketServerLike } from "@hono/node-server";
import * as ours from "@sluice/hono/hono-rate-limiter";
import { Hono } from "hono";
import type { WSConfigProps } from "hono-rate-limiter";
import * as theirs from "hono-rate-limiter";
import type { WSContext } from "hono/ws";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import type { Environment, Kit, Package } from "./side.ts";
import { otherStore } from "./stores.ts";

const start = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Scenario {
  readonly title: string;
  readonly options?: (kit: Kit) => Partial<WSConfigProps<Environment>>;
  /** Messages in order; a number lets the clock go on. Each socket closes with its last. */
  readonly sockets: readonly (readonly (string | number)[])[];
}

const throws = (): never => {
  throw new Error("the callback has thrown");
};

const scenarios: readonly Scenario[] = [
  {
    title: "no options: five messages, then the socket is closed",
    sockets: [["a", "b", "c", "d", "e", "f", "g"]],
  },
  { title: "a limit", options: () => ({ limit: 2 }), sockets: [["a", "b", "c"]] },
  { title: "a limit of zero", options: () => ({ limit: 0 }), sockets: [["a"]] },
  { title: "a promised limit", options: () => ({ limit: async () => 1 }), sockets: [["a", "b"]] },
  {
    title: "sockets of one client count together",
    options: () => ({ limit: 2 }),
    sockets: [["a"], ["b", "c"]],
  },
  {
    title: "sockets of two clients count apart",
    options: () => ({ limit: 1, keyGenerator: (c) => c.req.query("n") ?? "" }),
    sockets: [["a"], ["b", "c"]],
  },
  {
    title: "a window ends",
    options: () => ({ limit: 1, windowMs: 1_000 }),
    sockets: [["a", 1_000, "b", 999, "c"]],
  },
  {
    title: "a reason and a status",
    options: () => ({ limit: 1, message: "slow down", statusCode: 1003 }),
    sockets: [["a", "b"]],
  },
  {
    title: "a handler, which is told the options",
    options: ({ note }) => ({
      limit: 1,
      handler(event, ws, used) {
        note(Object.keys(used), (event as MessageEvent).data);
        ws.send(`no: ${used.message}`);
      },
    }),
    sockets: [["a", "b", "c"]],
  },
  {
    title: "messages that are skipped",
    options: () => ({ limit: 1, skip: (event) => (event as MessageEvent).data === "ping" }),
    sockets: [["ping", "a", "ping", "ping", "b"]],
  },
  {
    title: "messages that fail do not count",
    options: () => ({ limit: 2, skipFailedRequests: true }),
    sockets: [["fail", "a", "fail", "fail", "b", "fail", "c"]],
  },
  {
    title: "messages that succeed do not count",
    options: () => ({ limit: 2, skipSuccessfulRequests: true }),
    sockets: [["a", "b", "fail", "c", "fail", "d"]],
  },
  {
    title: "messages do not count at all",
    options: (kit) => ({
      limit: 1,
      skipSuccessfulRequests: true,
      skipFailedRequests: true,
      store: otherStore(kit),
    }),
    sockets: [["a", "fail", "b"]],
  },
  {
    title: "another's store",
    options: (kit) => ({ limit: 2, store: otherStore(kit) }),
    sockets: [["a", "b", "c"]],
  },
  {
    title: "a store that cannot count",
    options: (kit) => ({ limit: 2, store: otherStore(kit, { fails: { increment: [2] } }) }),
    sockets: [["a", "b", "c"]],
  },
  {
    title: "a keyGenerator that throws",
    options: () => ({ keyGenerator: throws }),
    sockets: [["a"]],
  },
  { title: "a limit that throws", options: () => ({ limit: throws }), sockets: [["a"]] },
  { title: "a skip that throws", options: () => ({ skip: throws }), sockets: [["a"]] },
  {
    title: "the state under other names",
    options: () => ({ requestPropertyName: "quota", requestStorePropertyName: "quotaStore" }),
    sockets: [["a", "b"]],
  },
  {
    title: "what is no store",
    options: () => ({ store: {} as never }),
    sockets: [],
  },
];

async function play({ options, sockets }: Scenario, side: Package): Promise<unknown[]> {
  vi.setSystemTime(start);
  const seen: unknown[] = [];
  const note: Kit["note"] = (...what) => void seen.push(what);
  const closing = new EventEmitter();
  const app = new Hono<Environment>();
  try {
    const limited = side.webSocketLimiter<Environment>({
      keyGenerator: () => "everyone",
      ...options?.({ ...side, note }),
    });
    const createEvents = limited((c) => ({
      onOpen: () => note("open"),
      onClose() {
        note("closed");
        closing.emit("closed");
      },
      onMessage({ data }, ws) {
        if (data === "fail") throw new Error("the handler has thrown");
        const states = ["rateLimit", "quota"].map((name) => c.get(name) as object);
        const stores = ["rateLimitStore", "quotaStore"].map((name) => c.get(name) as object);
        ws.send(JSON.stringify([data, states, stores.map((store) => Object.keys(store ?? {}))]));
      },
    }));
    // What a handler fails with is answered, so that each message has an answer.
    app.get(
      "/",
      upgradeWebSocket(async (c) => {
        const events = await createEvents(c);
        return {
          ...events,
          async onMessage(event, ws) {
            const pass = async (): Promise<void> => events.onMessage?.(event, ws);
            try {
              await pass();
            } catch (error) {
              ws.send(String(error));
            }
          },
        };
      }),
    );
  } catch (error) {
    return [...seen, error instanceof Error];
  }
  const server = serve({
    fetch: app.fetch,
    hostname: "127.0.0.1",
    port: 0,
    websocket: { server: new WebSocketServer({ noServer: true }) as WebSocketServerLike },
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (const [number, messages] of sockets.entries()) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/?n=${number}`);
    await once(socket, "open");
    const [closed, ended] = [once(socket, "close"), once(closing, "closed")];
    for (const message of messages) {
      if (typeof message === "number") vi.advanceTimersByTime(message);
      if (typeof message === "number" || socket.readyState !== socket.OPEN) continue;
      const answered = once(socket, "message");
      socket.send(message);
      const [answer, reason] = await Promise.race([answered, closed]);
      note(String(answer), reason instanceof Buffer ? String(reason) : "");
    }
    socket.close();
    await Promise.all([closed, ended]);
  }
  server.close();
  await once(server, "close");
  return seen;
}

describe(`what a WebSocket sees is the same, in ${scenarios.length} scenarios`, () => {
  it.each(scenarios)("$title", async (scenario) => {
    const expected = await play(scenario, theirs);
    expect(await play(scenario, ours)).toEqual(expected);
  });
});

it("hands every event on", async () => {
  const told: string[] = [];
  const limited = ours.webSocketLimiter({ keyGenerator: () => "everyone" });
  const createEvents = limited(() => ({
    onOpen: () => void told.push("open"),
    onError: () => void told.push("error"),
    onClose: () => void told.push("close"),
  }));
  const app = new Hono();
  app.get("/", async (c) => {
    const events = await createEvents(c);
    const ws = {} as WSContext;
    events.onOpen?.(new Event("open"), ws);
    events.onError?.(new Event("error"), ws);
    events.onClose?.(new Event("close") as CloseEvent, ws);
    return c.text(told.join(" "));
  });
  expect(await (await app.request("/")).text()).toBe("open error close");
});

it("counts messages in an exact window, of a store of Sluice's", async () => {
  const seen = await play(
    {
      title: "",
      options: () => ({ limit: 2, windowMs: 1_000, algorithm: "sliding-window" }) as object,
      sockets: [["a", 900, "b", 100, "c", "d"]],
    },
    ours,
  );
  expect(seen.map(String)).toEqual([
    "open",
    expect.stringContaining('"a",[{"limit":2,"used":1,"remaining":1'),
    expect.stringContaining('"b",[{"limit":2,"used":2,"remaining":0'),
    expect.stringContaining('"c",[{"limit":2,"used":2,"remaining":0'),
    expect.stringContaining("1008,Too many requests"),
    "closed",
  ]);
});
