import { once } from "node:events";
import { request as ask } from "node:http";
import type { AddressInfo } from "node:net";

import type {
  FastifyRateLimitStore,
  RateLimitPluginOptions,
} from "@sluice/fastify/fastify-rate-limit";
import fastify, {
  type FastifyInstance,
  type FastifyPluginCallback,
  type InjectOptions,
} from "fastify";
import type { Redis } from "ioredis";
import { vi } from "vitest";

import type { Scenario, Step, World } from "./scenario.ts";

/** All that can be seen of `scenario` where `plugin` is registered, in order. */
export async function play(
  plugin: FastifyPluginCallback<RateLimitPluginOptions>,
  scenario: Scenario,
  redis?: Redis,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const { server = {}, before, options = { max: 2 }, routes = hello, steps, sockets } = scenario;
  // Both read the time there and nowhere else; nothing else of time is held up.
  let now = 1_800_000_000_000;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now);
  const world = worldOf(seen, redis);
  const app = fastify({ forceCloseConnections: true, ...server });
  try {
    await before?.(app, world);
    await app.register(plugin, typeof options === "function" ? options(world) : options);
    await routes(app, world);
    if (sockets) await app.listen({ host: "127.0.0.1", port: 0 });
    for (const step of steps) {
      if (typeof step === "object" && "wait" in step) {
        now += step.wait;
        if (redis) await age(redis, step.wait);
      } else for (const one of requestsOf(step)) seen.push(await answer(app, one, sockets));
    }
  } catch (error) {
    seen.push({ threw: (error as Error).message });
  } finally {
    await app.close();
    clock.mockRestore();
  }
  return seen;
}

function hello(app: FastifyInstance): void {
  app.get("/", () => "hello");
}

function requestsOf(step: Exclude<Step, { wait: number }>): InjectOptions[] {
  if (typeof step === "number") return Array.from({ length: step }, () => ({ url: "/" }));
  if (typeof step === "object") return [step];
  const [url = "/", method = "GET"] = step.split(" ").toReversed();
  return [{ url, method }];
}

async function answer(app: FastifyInstance, options: InjectOptions, sockets?: true) {
  if (sockets) return bySocket(app, options);
  const { statusCode, headers, body } = await app.inject(options);
  return { statusCode, headers: { ...headers, date: "" }, body };
}

/** With its header lines as they were on the wire, but for the date. */
async function bySocket(app: FastifyInstance, { url, method, headers }: InjectOptions) {
  const { port } = app.server.address() as AddressInfo;
  const path = url as string;
  const sent = ask({ host: "127.0.0.1", port, path, method, headers, agent: false });
  sent.end();
  const [response] = await once(sent, "response");
  let body = "";
  for await (const chunk of response) body += String(chunk);
  const raw: string[] = response.rawHeaders;
  const lines = raw.flatMap((name, at) =>
    at % 2 === 0 && name !== "date" && name !== "Date" ? [`${name}: ${raw[at + 1]}`] : [],
  );
  return { statusCode: response.statusCode, lines, body };
}

/** The server's own clock cannot be set: every key comes that much nearer to its end. */
async function age(redis: Redis, ms: number): Promise<void> {
  for (const key of await redis.keys("*")) {
    const left = await redis.pttl(key);
    if (left >= 0) await redis.pexpire(key, left - ms);
  }
}

function worldOf(seen: unknown[], redis: Redis | undefined): World {
  const log = (...what: unknown[]): void => void seen.push(what);
  return {
    log,
    tell: (name, answerOf) => (request, what) => {
      log(name, request.url, what);
      return answerOf as never;
    },
    Store: storeClass(log),
    redis: redis!,
  };
}

function storeClass(log: (...what: unknown[]) => void): World["Store"] {
  let made = 0;
  return class Store implements FastifyRateLimitStore {
    private readonly name = `store ${++made}`;
    private readonly counts = new Map<string, number>();
    constructor(options: object) {
      log(this.name, told(options));
    }
    incr(...[key, callback, timeWindow, max]: Parameters<FastifyRateLimitStore["incr"]>): void {
      log(this.name, "incr", key, timeWindow, max);
      const current = (this.counts.get(key) ?? 0) + 1;
      this.counts.set(key, current);
      callback(null, { current, ttl: timeWindow - current });
    }
    child(options: object): FastifyRateLimitStore {
      log(this.name, "child");
      return new Store(options);
    }
  };
}

/** Of the options that a store is given, those that are documented and are no functions. */
function told(options: object): Record<string, unknown> {
  const { routeInfo, ...all } = options as Record<string, unknown>;
  const names = ["global", "max", "timeWindow", "hook", "allowList", "ban", "continueExceeding"];
  names.push("exponentialBackoff", "skipOnError", "enableDraftSpec", "ipv6Subnet", "own");
  const { method, url, prefix, path } = (routeInfo ?? {}) as Record<string, unknown>;
  const value = (name: string): unknown =>
    typeof all[name] === "function" ? "a function" : all[name];
  return {
    ...Object.fromEntries(names.map((name) => [name, value(name)])),
    method,
    url,
    prefix,
    path,
  };
}
