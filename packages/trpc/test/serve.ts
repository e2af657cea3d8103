import { once } from "node:events";
import { createServer } from "node:http";

import {
  createLimiter,
  type Limit,
  type Limiter,
  type LimiterEvent,
  memoryStore,
  type MemoryStore,
  slidingWindow,
} from "@sluice/core";
import { manualClock, type ManualClock } from "@sluice/core/testing";
import type { AnyTRPCRouter } from "@trpc/server";
import { createHTTPHandler, type CreateHTTPContextOptions } from "@trpc/server/adapters/standalone";
import { onTestFinished } from "vitest";

/** What every call's context is. */
export interface Context {
  readonly tenant: string;
  readonly ip: string | undefined;
  readonly res: CreateHTTPContextOptions["res"];
}

/** Three calls a minute for each tenant. */
export const rpm: Limit = slidingWindow({ name: "rpm", limit: 3, window: "1m", per: ["tenant"] });

/** A limiter with a clock of the test's. */
export interface Counted {
  readonly limiter: Limiter<MemoryStore>;
  readonly clock: ManualClock;
  readonly store: MemoryStore;
  readonly events: readonly LimiterEvent[];
  readonly used: (tenant?: string) => readonly number[];
}

/** A limiter over `limits`. */
export function counted(
  limits: readonly Limit[] = [rpm],
  mode: "enforce" | "observe" = "enforce",
): Counted {
  const clock = manualClock();
  const store = memoryStore({ clock });
  const events: LimiterEvent[] = [];
  const limiter = createLimiter({ limits, store, mode, observe: (event) => events.push(event) });
  const nothing = Object.fromEntries(limits.map(({ unit }) => [unit, 0]));
  const used = (tenant = "acme"): readonly number[] =>
    limiter.peek({ tenant }, nothing).limits.map((state) => state.used);
  return { limiter, clock, store, events, used };
}

/** Serves `router` on a free port of 127.0.0.1 until the test ends. */
export async function serve(router: AnyTRPCRouter): Promise<string> {
  const handler = createHTTPHandler({
    router,
    createContext: ({ req, res }: CreateHTTPContextOptions): Context => ({
      tenant: req.headers["x-tenant"]?.toString() ?? "acme",
      ip: req.socket.remoteAddress,
      res,
    }),
  });
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return `http://127.0.0.1:${address.port}`;
}
