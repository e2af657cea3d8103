import type { Store } from "@sluice/core";
import type { RateLimitOptions, RequestState } from "@sluice/core/http";

/** A framework under test: all that the suite has to know about it. `Req` is what its `subject` and `cost` are given. */
export interface Framework<Req> {
  readonly name: string;
  /** A header of the request, `undefined` when it has none. */
  header(request: Req, name: string): string | undefined;
  /** The parsed JSON body, `undefined` when there is none. The app parses it before `rateLimit` runs. */
  body(request: Req): unknown;
  /** Whether it has a setting for the proxies to trust. */
  readonly trustsProxies: boolean;
  /** Serves `app` on a free port of 127.0.0.1. */
  serve(app: App<Req>): Promise<Served>;
}

/** Options of a layer: the suite answers no refusal itself. */
export type Layer<Req> = RateLimitOptions<Req, Store, never>;

/** An app: every layer, in order, in front of every route. */
export interface App<Req> {
  /** The options of each `rateLimit()`. */
  readonly layers: readonly Layer<Req>[];
  /** By path, for every method; anything else is a 404 of the framework's own. */
  readonly routes: Readonly<Record<string, Handler>>;
  /** Whether the framework is set to believe `X-Forwarded-For`. Default: false, its own default. */
  readonly trustProxy?: boolean;
}

/** A listening server. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** What a route is given. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | undefined;
  readonly body: unknown;
  /** What the framework's own place for it holds: `req.rateLimit`, `c.get("rateLimit")`. */
  readonly rateLimit: RequestState | undefined;
}

/** A route of the suite; the framework's part is to call it and to send what it answers in its own idiom. */
export type Handler = (call: Call) => Reply | Promise<Reply>;

/** An answer: a body at once, or a stream of chunks that are to be sent as they come. Default status: 200. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<Uint8Array>;
}
