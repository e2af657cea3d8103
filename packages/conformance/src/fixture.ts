import {
  createLimiter,
  type Cost,
  type Limit,
  type Limiter,
  type LimiterEvent,
  type LimiterOptions,
  memoryStore,
  type MemoryStore,
  slidingWindow,
  concurrency,
  type Subject,
} from "@sluice/core";
import { manualClock, type ManualClock } from "@sluice/core/testing";
import { onTestFinished } from "vitest";

import { ask, type Answer, type Question } from "./ask.ts";
import type { App, Framework, Handler, Layer } from "./framework.ts";

const perTenant = { window: "1m", per: ["tenant"] } as const;

/** Three requests a minute for each tenant. */
export const rpm: Limit = slidingWindow({ name: "rpm", limit: 3, ...perTenant });
/** A hundred tokens a minute for each tenant. */
export const tpm: Limit = slidingWindow({ name: "tpm", limit: 100, unit: "tokens", ...perTenant });
/** Two at a time for each tenant. */
export const inflight: Limit = concurrency({ name: "inflight", limit: 2, per: ["tenant"] });

/** Headers that name a tenant. */
export const acme: Readonly<Record<string, string>> = { "x-tenant": "acme" };

/** A served app in front of which stands one limiter, whose store has a clock of the test's. */
export interface Limited {
  readonly url: string;
  readonly clock: ManualClock;
  readonly store: MemoryStore;
  readonly limiter: Limiter<MemoryStore>;
  readonly events: readonly LimiterEvent[];
  ask(path?: string, question?: Question): Promise<Answer>;
  /** What a tenant is charged now, one number for each limit. */
  readonly used: (tenant?: string) => readonly number[];
}

/** What `limited` serves; all has a default. */
export interface LimitedOptions<Req> extends Partial<Omit<App<Req>, "layers">> {
  readonly limits?: readonly Limit[];
  readonly mode?: LimiterOptions<MemoryStore>["mode"];
  /** More options of the layer, or other layers around it. */
  readonly options?: Layer<Req>;
  readonly layers?: (layer: Layer<Req>) => readonly Layer<Req>[];
}

const hello: Handler = () => ({ headers: { "content-type": "text/plain" }, body: "hello" });

/**
 * Serves routes behind one limiter until the test ends: the subject is the `x-tenant` header, the cost ten tokens or the
 * `x-tokens` header.
 */
export async function limited<Req>(
  framework: Framework<Req>,
  { limits = [rpm], mode, options, layers, routes, ...app }: LimitedOptions<Req> = {},
): Promise<Limited> {
  const clock = manualClock();
  const nothing = Object.fromEntries(limits.map(({ unit }) => [unit, 0]));
  const store = memoryStore({ clock });
  const events: LimiterEvent[] = [];
  const limiter = createLimiter({
    limits,
    store,
    observe: (event) => events.push(event),
    ...(mode === undefined ? {} : { mode }),
  });
  const layer = { limiter, ...charges(framework), ...options };
  const { url } = await serve(framework, {
    layers: layers?.(layer) ?? [layer],
    routes: { "/": hello, ...routes },
    ...app,
  });
  return {
    url,
    clock,
    store,
    limiter,
    events,
    ask: async (path = "/", question = { headers: acme }) => ask(url + path, question),
    used: (tenant = "acme") => limiter.peek({ tenant }, nothing).limits.map(({ used }) => used),
  };
}

/** Who asks and for how much, by the headers of the suite. */
export function charges<Req>(framework: Framework<Req>): {
  subject: (request: Req) => Subject;
  cost: (request: Req) => Cost;
} {
  return {
    subject: (request) => ({ tenant: framework.header(request, "x-tenant") }),
    cost: (request) => ({ tokens: Number(framework.header(request, "x-tokens") ?? 10) }),
  };
}

/** Serves `app` until the test ends. */
export async function serve<Req>(
  framework: Framework<Req>,
  app: App<Req>,
): Promise<{ readonly url: string }> {
  const served = await framework.serve(app);
  onTestFinished(async () => served.close());
  return served;
}

/** A body that yields `text` in pieces. */
export async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** The first value of each named header. */
export function headersOf(
  { headers }: Answer,
  names: readonly string[],
): Readonly<Record<string, readonly string[] | undefined>> {
  return Object.fromEntries(names.map((name) => [name, headers[name]]));
}
