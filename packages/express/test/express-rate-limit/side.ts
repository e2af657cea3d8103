import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request } from "node:http";

import type express from "express";
import type { MemoryStore, Options, rateLimit } from "express-rate-limit";

/** The package, or what stands in for it, seen by the package's own types. */
export interface Package {
  readonly rateLimit: typeof rateLimit;
  /** What is public of it. */
  readonly MemoryStore: new () => Pick<MemoryStore, keyof MemoryStore>;
  readonly ipKeyGenerator: (ip: string, ipv6Subnet?: number | false) => string;
}

/** What a scenario builds with: one side's package, and where to write down what happens. */
export interface Kit extends Package {
  readonly note: (...what: readonly unknown[]) => void;
  /** Writes down level, name and code of what is logged; the message only of errors that the scenario made. */
  readonly logger: Options["logger"];
  readonly express: typeof express;
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
  /** Options of the one limiter that there is without `app`. */
  readonly options?: (kit: Kit) => Partial<Options>;
  /** Puts what it likes before the handlers. */
  readonly app?: (app: express.Express, kit: Kit) => void;
  readonly trustProxy?: unknown;
  readonly host?: string;
  readonly asks: readonly Ask[];
}

/** Plays a scenario on one side: all that a client saw, and all that was written down. */
export async function play(
  scenario: Scenario,
  side: Package,
  create: typeof express,
  advance: (ms: number) => void,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const note: Kit["note"] = (...what) => void seen.push(what);
  const kit: Kit = { ...side, note, logger: loggerFor(note), express: create };
  const app = create().set("trust proxy", scenario.trustProxy ?? false);
  // Node's own header is not by the clock of the test.
  app.use((_req, res, next) => {
    res.sendDate = false;
    next();
  });
  try {
    if (scenario.app === undefined) {
      app.use(side.rateLimit({ logger: kit.logger, ...scenario.options?.(kit) }));
    } else scenario.app(app, kit);
  } catch (error) {
    return [...seen, ["made", error instanceof Error ? error.name : error]];
  }
  addHandlers(app, note);
  const { host = "127.0.0.1" } = scenario;
  const server = createServer(app).listen(0, host);
  await once(server, "listening");
  const agent = new Agent({ keepAlive: true });
  try {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("expected a port");
    for (const {
      path = "/",
      method = "GET",
      headers = {},
      times = 1,
      after = 0,
    } of scenario.asks) {
      advance(after);
      const to = { host: host === "::" ? "127.0.0.1" : host, port: address.port, agent };
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
        // What is done once a response has ended is done before the next request.
        await new Promise((resolve) => void setImmediate(resolve));
      }
    }
  } finally {
    agent.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
  return seen;
}

function addHandlers(app: express.Express, note: Kit["note"]): void {
  app.get("/fail", (_req, res) => void res.status(500).send("failed"));
  app.get("/missing", (_req, res) => void res.status(404).send("missing"));
  app.get("/moved", (_req, res) => res.redirect("/"));
  app.get("/throws", () => {
    throw new Error("the handler has thrown");
  });
  app.use((req, res) => {
    const state = (req as unknown as Record<string, { current?: number } | undefined>)["rateLimit"];
    res.json({ state, current: state?.current, path: req.path });
  });
  const answerError: express.ErrorRequestHandler = (error, _req, res, next) => {
    note("error", String(error));
    if (res.headersSent) return next(error);
    res.status(500).send(String(error));
  };
  app.use(answerError);
}

function loggerFor(note: Kit["note"]): Options["logger"] {
  const written =
    (level: string) =>
    (error: unknown, message?: string): void => {
      const { name, code, help, message: text } = error as Error & { code?: string; help?: string };
      note(level, name, code ?? text, help, typeof message);
    };
  return { error: written("error"), warn: written("warn") };
}
