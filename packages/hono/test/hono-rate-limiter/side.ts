import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

import { type HttpBindings, serve } from "@hono/node-server";
import type { Context } from "hono";
import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import type {
  ConfigProps,
  HonoConfigProps,
  MemoryStore,
  RedisStore,
  UnstorageStore,
  webSocketLimiter,
} from "hono-rate-limiter";

/** The environment of the apps here. */
export type Environment = { Bindings: HttpBindings; Variables: Record<string, unknown> };

/** What is public of a class. */
type PublicOf<T> = Pick<T, keyof T>;

/** The package, or what stands in for it, seen by the package's own types. */
export interface Package {
  readonly rateLimiter: (config: ConfigProps<Environment>) => MiddlewareHandler<Environment>;
  readonly webSocketLimiter: typeof webSocketLimiter;
  readonly MemoryStore: new () => PublicOf<MemoryStore<Environment>>;
  readonly RedisStore: new (
    ...given: ConstructorParameters<typeof RedisStore>
  ) => PublicOf<RedisStore<Environment>>;
  readonly UnstorageStore: new (
    ...given: ConstructorParameters<typeof UnstorageStore>
  ) => PublicOf<UnstorageStore<Environment>>;
}

/** Options of a limiter without a binding, of which none has to be given. */
export type Options = Partial<HonoConfigProps<Environment>>;

/** What a scenario builds with: one side's package, and where to write down what happens. */
export interface Kit extends Package {
  readonly note: (...what: readonly unknown[]) => void;
}

/** One request, or several alike. */
export interface Ask {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly times?: number;
  /** The clock goes on by so many milliseconds before it. */
  readonly after?: number;
}

/** What both sides are made to do. */
export interface Scenario {
  readonly title: string;
  /** Options of the one limiter that there is without `app`; all count as one client unless they say otherwise. */
  readonly options?: (kit: Kit) => Options;
  /** Puts what it likes before the handlers. */
  readonly app?: (app: Hono<Environment>, kit: Kit) => void;
  readonly asks: readonly Ask[];
}

/** Plays a scenario on one side: all that a client saw, and all that was written down. */
export async function play(
  scenario: Scenario,
  side: Package,
  advance: (ms: number) => void,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const note: Kit["note"] = (...what) => void seen.push(what);
  const kit: Kit = { ...side, note };
  const app = new Hono<Environment>();
  // Node's own header is not by the clock of the test.
  app.use(async (c, next) => {
    c.env.outgoing.sendDate = false;
    await next();
  });
  try {
    if (scenario.app === undefined) {
      app.use(side.rateLimiter({ keyGenerator: () => "everyone", ...scenario.options?.(kit) }));
    } else scenario.app(app, kit);
  } catch (error) {
    return [...seen, ["made", error instanceof Error]];
  }
  addHandlers(app, note);
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const agent = new Agent({ keepAlive: true });
  try {
    const to = { host: "127.0.0.1", port: (server.address() as AddressInfo).port, agent };
    for (const {
      path = "/",
      method = "GET",
      headers = {},
      times = 1,
      after = 0,
    } of scenario.asks) {
      advance(after);
      for (let asked = 0; asked < times; asked++) {
        const sent = request({ ...to, path, method, headers }).end();
        const [answer] = (await once(sent, "response")) as [IncomingMessage];
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk);
        const { statusCode, statusMessage, rawHeaders } = answer;
        seen.push([
          statusCode,
          statusMessage,
          rawHeaders,
          Buffer.concat(chunks).toString("latin1"),
        ]);
      }
    }
  } finally {
    agent.destroy();
    server.close();
    await once(server, "close");
  }
  return seen;
}

/** What a request was told, and what it can ask. */
function told(c: Context<Environment>): object {
  const store = c.get("rateLimitStore") as object | undefined;
  const kinds = Object.entries(store ?? {}).map(([name, value]) => [name, typeof value]);
  return { state: c.get("rateLimit"), store: store && kinds, path: c.req.path };
}

function addHandlers(app: Hono<Environment>, note: Kit["note"]): void {
  app.get("/fail", (c) => c.text("failed", 500));
  app.get("/missing", (c) => c.text("missing", 404));
  app.get("/moved", (c) => c.redirect("/"));
  app.get("/throws", () => {
    throw new Error("the handler has thrown");
  });
  app.get("/bare", () => new Response("bare", { headers: { "x-own": "yes" } }));
  app.get("/stream", () => {
    const parts = ["one", "two", "three"].map((text) => new TextEncoder().encode(text));
    return new Response(
      new ReadableStream({
        pull(controller) {
          const part = parts.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(part);
        },
      }),
    );
  });
  app.all("*", (c) => c.json(told(c)));
  app.onError((error, c) => {
    note("error", error.name, error.message);
    return c.text(String(error), 500);
  });
}
