import type { RouteOptions } from "fastify";

import type { OwnOptions } from "./options.ts";
import type { Params } from "./params.ts";

/** How many requests of a key there are, and for how many milliseconds they count. */
export interface Counted {
  readonly current: number;
  readonly ttl: number;
}

/** What a key's requests are held against. */
export interface Terms {
  readonly timeWindow: number;
  readonly max: number;
  readonly continueExceeding: boolean;
  readonly exponentialBackoff: boolean;
}

/** What a counter of its own is for: a route, a group of them, or a limiter that was asked for. */
export interface Branch {
  /** Tells it from the others, in every process alike. */
  readonly name: string;
  readonly params: Params;
  /** The options that were given for it, before they were put over the plugin's. */
  readonly own: OwnOptions;
  readonly routeInfo: Partial<RouteOptions>;
}

/** What counts. A key is what was generated: a text where that was well done. */
export interface Counter {
  /** Counts a request of `key`. One that names its request is counted once by all that count in the same place. */
  count(key: unknown, terms: Terms, request?: object): Counted | Promise<Counted>;
  /** What is counted of `key`; `undefined` when what counts cannot tell without counting. */
  readonly read: ((key: unknown, terms: Terms) => Counted | Promise<Counted>) | undefined;
  /** One that counts apart. */
  child(branch: Branch): Counter;
}

/** Within `place`, asks once for each request and name: whoever asks again has the same answer. */
export function oncePerRequest(
  place: object,
  request: object | undefined,
  name: string,
  ask: () => Promise<Counted>,
): Promise<Counted> {
  if (request === undefined) return ask();
  let requests = places.get(place);
  if (requests === undefined) places.set(place, (requests = new WeakMap()));
  let answers = requests.get(request);
  if (answers === undefined) requests.set(request, (answers = new Map()));
  let answer = answers.get(name);
  if (answer === undefined) answers.set(name, (answer = ask()));
  return answer;
}

const places = new WeakMap<object, WeakMap<object, Map<string, Promise<Counted>>>>();
