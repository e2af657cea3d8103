import { slidingWindow } from "../algorithms/sliding-window.ts";
import { type Cost, oneRequest } from "../cost.ts";
import { type Duration, durationMs } from "../duration.ts";
import type { Limit } from "../limit.ts";
import { createLimiter, type Limiter } from "../limiter.ts";
import { checkOptions, fail } from "../options.ts";
import { memoryStore, type MemoryStore } from "../store/memory.ts";
import type { Store } from "../store/store.ts";
import type { Subject } from "../subject.ts";
import { clientIp } from "./client-ip.ts";
import { checkForms, type HeaderForm } from "./headers.ts";
import { checkMeter, type MeterOption, type MeterOptions, type Overrun } from "./meter-plan.ts";
import type { Refusal } from "./refusal.ts";
import { isWait, type Wait } from "./waiting.ts";

/**
 * Options of `rateLimit()` in every adapter; `Req` is the framework's request, and `Answer` what answers a refusal in the
 * framework's own way.
 */
export interface RateLimitOptions<
  Req,
  S extends Store = MemoryStore,
  Answer = (request: Req, refusal: Refusal) => unknown,
> {
  /** Decided together: all or none. Default: 60 requests a minute for each client address. */
  readonly limits?: readonly Limit[] | undefined;
  /** A limiter made before, instead of `limits`, `store` and `observe`. */
  readonly limiter?: Limiter<S> | undefined;
  /** Where counts live. Default: a new `memoryStore()`. */
  readonly store?: S | undefined;
  /** Who is limited. Default: `{ ip }`, the client's address as the framework's proxy setting tells it. */
  readonly subject?: ((request: Req) => Subject) | undefined;
  /** How many leading bits of an IPv6 address make a client, for the default subject: 32 to 128. Default: 64. */
  readonly subnet?: number | undefined;
  /** What the request is estimated to spend, as `estimate.openai(body)` tells it. Default: one request. */
  readonly cost?: ((request: Req) => Cost) | undefined;
  /**
   * Reads in the response what was really used, while it streams: `"auto"`, a provider's format, or an object that says more.
   * Default: `false`, the lease settles at what the handler reports, else at the estimate.
   */
  readonly meter?: MeterOption | undefined;
  /** Ends a metered stream, by its provider's rules, once a limit does not bear what was produced. Default: `false`. */
  readonly hard?: boolean | undefined;
  /** Is told, once for a request, that its response has taken a limit above its capacity. What it throws is ignored. */
  readonly onOverrun?: ((overrun: Overrun<Req>) => void) | undefined;
  /** Which headers responses have: one form, several, or none. Default: `"draft-11"`. */
  readonly headers?: HeaderForm | readonly HeaderForm[] | false | undefined;
  /** Answers a refused request, or `wait()` for one that is to wait its turn. Default: a problem document, 429 or 503. */
  readonly onRefused?: Answer | Wait<Answer> | undefined;
  /** Which requests pass uncounted. */
  readonly skip?: ((request: Req) => boolean) | undefined;
  /** Decides, tells and counts, but refuses nothing. Default: `false`. */
  readonly observe?: boolean | undefined;
  /**
   * Names the request, so that its retry is not charged again; `undefined` names none. Default: the `Idempotency-Key` header, for the
   * same subject, for at most two retries; `false` never.
   */
  readonly id?: ((request: Req) => string | undefined) | false | undefined;
  /** How long a handler may be silent before its lease expires; see `ReserveOptions`. */
  readonly deadline?: Duration | undefined;
  /** Is told, at most once each, what was chosen by default and what looks misconfigured. Default: `console.info`. */
  readonly log?: ((line: string) => void) | undefined;
}

/** What a framework tells of its requests. */
export interface Framework<Req> {
  /** The client's address, by the framework's own proxy setting. */
  readonly address: (request: Req) => string | undefined;
  /** A header of the request, by its name in lower case. */
  readonly header: (request: Req, name: string) => string | undefined;
  /** Whether the app says which proxies to trust; a forwarded address that nobody trusts is warned of. Default: always. */
  readonly trusts?: (request: Req) => boolean;
}

/** The options, checked and completed. */
export interface Checked<Req, Answer> {
  readonly limiter: Limiter<Store>;
  readonly subject: (request: Req) => Subject;
  readonly cost: (request: Req) => Cost;
  readonly forms: readonly HeaderForm[];
  readonly onRefused: Answer | undefined;
  readonly wait: Wait<Answer> | undefined;
  readonly skip: ((request: Req) => boolean) | undefined;
  readonly id: ((request: Req) => string | undefined) | undefined;
  readonly deadline: Duration | undefined;
  readonly meter: MeterOptions | undefined;
  readonly hard: boolean;
  readonly onOverrun: ((overrun: Overrun<Req>) => void) | undefined;
  readonly log: (line: string) => void;
}

const optionNames = [
  "limits",
  "limiter",
  "store",
  "subject",
  "subnet",
  "cost",
  "meter",
  "hard",
  "onOverrun",
  "headers",
  "onRefused",
  "skip",
  "observe",
  "id",
  "deadline",
  "log",
];

declare const console: { info(line: string): void };

/** Checks and completes the options of an adapter. Throws `invalid-option`, also for a limit that a default could not serve. */
export function checkedOptions<Req, S extends Store, Answer>(
  options: RateLimitOptions<Req, S, Answer>,
  framework: Framework<Req>,
): Checked<Req, Answer> {
  checkOptions("rateLimit", options, optionNames);
  const { log = (line) => console.info(line), hard = false, onRefused, skip, onOverrun } = options;
  const { id, deadline, headers = "draft-11" } = options;
  const functions = { subject: options.subject, cost: options.cost, onOverrun, skip, log };
  for (const [name, value] of Object.entries(functions)) {
    if (value !== undefined && typeof value !== "function") {
      fail(`rateLimit: ${name}`, "a function", value);
    }
  }
  if (id !== undefined && id !== false && typeof id !== "function") {
    fail("rateLimit: id", "a function or false", id);
  }
  if (onRefused !== undefined && typeof onRefused !== "function" && !isWait(onRefused)) {
    fail("rateLimit: onRefused", "a function or wait()", onRefused);
  }
  if (typeof hard !== "boolean") fail("rateLimit: hard", "a boolean", hard);
  if (deadline !== undefined) durationMs(deadline, "rateLimit: deadline");
  const meter = checkMeter(options.meter);
  if (hard && meter === undefined) fail("rateLimit: hard", "left out without a meter", hard);
  const wait = isWait<Answer>(onRefused) ? onRefused : undefined;
  const limiter = limiterOf(options, log);
  checkServed(options, limiter.limits);
  return {
    limiter,
    subject: options.subject ?? defaultSubject(framework, options.subnet, log),
    cost: options.cost ?? (() => oneRequest),
    forms: checkForms(headers),
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- what is not made by wait() answers
    onRefused: wait === undefined ? (onRefused as Answer | undefined) : wait.otherwise,
    wait,
    skip,
    id: idOf(id, framework),
    deadline,
    meter,
    hard,
    onOverrun,
    log,
  };
}

function idOf<Req>(
  id: ((request: Req) => string | undefined) | false | undefined,
  { header }: Framework<Req>,
): ((request: Req) => string | undefined) | undefined {
  if (id === false) return undefined;
  return id ?? ((request) => header(request, "idempotency-key"));
}

/** By address; whoever is behind a proxy that nobody trusts is told of it, once. */
function defaultSubject<Req>(
  { address, header, trusts }: Framework<Req>,
  subnet: number | undefined,
  log: (line: string) => void,
): (request: Req) => Subject {
  if (subnet !== undefined && !(Number.isInteger(subnet) && subnet >= 32 && subnet <= 128)) {
    fail("rateLimit: subnet", "an integer from 32 to 128", subnet);
  }
  let hasWarned = trusts === undefined;
  let isFirst = true;
  return (request) => {
    if (!hasWarned && trusts !== undefined) {
      const name = forwarding.find((one) => header(request, one) !== undefined);
      if (name !== undefined) {
        hasWarned = true;
        if (!trusts(request)) {
          log(
            `sluice: a request came with "${name}", but the app trusts no proxy: it is ignored, and all that a proxy forwards counts as one client`,
          );
        }
      }
    }
    const told = address(request);
    if (isFirst && !told) {
      log(
        "sluice: the first request came without an address: all such count as one client, unless a subject is given",
      );
    }
    isFirst = false;
    return { ip: clientIp(told, subnet) };
  };
}

const forwarding = ["x-forwarded-for", "forwarded"];

function checkServed<Req, S extends Store, Answer>(
  options: RateLimitOptions<Req, S, Answer>,
  limits: readonly Limit[],
): void {
  if (options.subnet !== undefined && options.subject !== undefined) {
    fail("rateLimit: subnet", "left out beside subject", options.subnet);
  }
  for (const { name, unit, per } of limits) {
    const unserved = per.find((dimension) => dimension !== "ip");
    if (options.subject === undefined && unserved !== undefined) {
      fail("rateLimit: subject", `given, as limit "${name}" is per "${unserved}"`, undefined);
    }
    if (options.cost === undefined && unit !== "requests" && unit !== "inflight") {
      fail("rateLimit: cost", `given, as limit "${name}" counts "${unit}"`, undefined);
    }
  }
}

function limiterOf<Req, S extends Store, Answer>(
  options: RateLimitOptions<Req, S, Answer>,
  log: (line: string) => void,
): Limiter<Store> {
  const { limiter, limits, store, observe } = options;
  if (observe !== undefined && typeof observe !== "boolean") {
    fail("rateLimit: observe", "a boolean", observe);
  }
  if (limiter !== undefined) {
    for (const [name, value] of Object.entries({ limits, store, observe })) {
      if (value !== undefined) fail(`rateLimit: ${name}`, "left out beside limiter", value);
    }
    if (typeof limiter?.reserve !== "function" || !Array.isArray(limiter.limits)) {
      fail("rateLimit: limiter", "a limiter", limiter);
    }
    return limiter;
  }
  if (limits === undefined) {
    if (options.subject !== undefined) {
      fail("rateLimit: limits", "given beside subject: the default limits addresses", limits);
    }
    log(
      `sluice: no limits given, so 60 requests a minute for each client address, counted in ${
        store === undefined ? "this process's memory" : "the given store"
      }`,
    );
  }
  return createLimiter<Store>({
    limits: limits ?? [defaultLimit()],
    store: store ?? memoryStore(),
    mode: observe ? "observe" : "enforce",
  });
}

function defaultLimit(): Limit {
  return slidingWindow({ name: "default", limit: 60, window: "1m", per: ["ip"] });
}
