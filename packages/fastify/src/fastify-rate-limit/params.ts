import { failOption, SluiceError } from "@sluice/core";
import type { FastifyRequest } from "fastify";

import type { Exceeded, HookName, OwnOptions, PluginOptions } from "./options.ts";
import { textMs } from "./time-text.ts";

/** A number, or what tells it of each request. */
type Told = number | ((request: FastifyRequest, key: string) => number | Promise<number>);

type Listener = (request: FastifyRequest, key: string) => void;

/** The options of the plugin, or of a route with the plugin's for those that it leaves out. */
export interface Params {
  readonly global: boolean;
  readonly enableDraftSpec: boolean;
  readonly addHeaders: Readonly<Record<string, boolean>>;
  readonly addHeadersOnExceeding: Readonly<Record<string, boolean>>;
  readonly max: Told;
  readonly timeWindow: Told;
  readonly hook: HookName;
  readonly allowList: OwnOptions["allowList"] | null;
  /** -1 where nobody is banned. */
  readonly ban: number;
  readonly onBanReach: Listener;
  readonly onExceeding: Listener;
  readonly onExceeded: Listener;
  readonly continueExceeding: boolean;
  readonly exponentialBackoff: boolean;
  readonly ipv6Subnet: number;
  readonly keyGenerator: ((request: FastifyRequest) => unknown) | undefined;
  readonly errorResponseBuilder: (request: FastifyRequest, context: Exceeded) => unknown;
  readonly skipOnError: boolean;
  readonly groupId: string | undefined;
}

const names = ["limit", "remaining", "reset"];
const allHeaders = Object.fromEntries(
  [...names.flatMap((name) => [`x-ratelimit-${name}`, `ratelimit-${name}`]), "retry-after"].map(
    (name) => [name, true],
  ),
);
const nothing = (): void => {};

/** What holds where nobody says otherwise. */
export const defaults: Params = {
  global: true,
  enableDraftSpec: false,
  addHeaders: allHeaders,
  addHeadersOnExceeding: allHeaders,
  max: 1_000,
  timeWindow: 60_000,
  hook: "onRequest",
  allowList: null,
  ban: -1,
  onBanReach: nothing,
  onExceeding: nothing,
  onExceeded: nothing,
  continueExceeding: false,
  exponentialBackoff: false,
  ipv6Subnet: 64,
  keyGenerator: undefined,
  errorResponseBuilder: (_request, { after, statusCode }) =>
    Object.assign(new Error(`Rate limit exceeded, retry in ${after}`), { statusCode }),
  skipOnError: false,
  groupId: undefined,
};

const hooks: readonly unknown[] = ["onRequest", "preParsing", "preValidation", "preHandler"];

/** The options `own` over those of `base`; one that is no value of its kind is as one left out. Throws `invalid-option`. */
export function settle(own: PluginOptions, base: Params): Params {
  const { hook = base.hook, groupId, ban = base.ban, allowList = base.allowList } = own;
  if (!hooks.includes(hook)) failOption("hook", `one of ${hooks.join(", ")}`, hook);
  if (allowList && typeof allowList !== "function" && !Array.isArray(allowList)) {
    failOption("allowList", "a list of keys or a function", allowList);
  }
  if (groupId !== undefined && typeof groupId !== "string") {
    throw new SluiceError("invalid-option", "groupId must be a string");
  }
  const bans = Number.isFinite(ban) && ban >= 0;
  return {
    global: given(own.global, base.global),
    enableDraftSpec: given(own.enableDraftSpec, base.enableDraftSpec),
    addHeaders: { ...base.addHeaders, ...own.addHeaders },
    addHeadersOnExceeding: { ...base.addHeadersOnExceeding, ...own.addHeadersOnExceeding },
    max: typeof own.max === "function" ? own.max : whole(own.max, base.max),
    timeWindow: timeWindow(own.timeWindow, base.timeWindow),
    hook,
    allowList: allowList || null,
    ban: bans ? Math.trunc(ban) : -1,
    onBanReach: given(own.onBanReach, base.onBanReach),
    onExceeding: given(own.onExceeding, base.onExceeding),
    onExceeded: given(own.onExceeded, base.onExceeded),
    continueExceeding: given(own.continueExceeding, base.continueExceeding),
    exponentialBackoff: given(own.exponentialBackoff, base.exponentialBackoff),
    ipv6Subnet: subnet(own.ipv6Subnet, base.ipv6Subnet),
    keyGenerator: typeof own.keyGenerator === "function" ? own.keyGenerator : base.keyGenerator,
    errorResponseBuilder: given(own.errorResponseBuilder, base.errorResponseBuilder),
    skipOnError: given(own.skipOnError, base.skipOnError),
    groupId,
  };
}

/** `value` where it is of the kind of what holds otherwise. */
function given<T>(value: T | undefined, otherwise: T): T {
  return value !== undefined && typeof value === typeof otherwise ? value : otherwise;
}

function whole(value: number | undefined, otherwise: Told): Told {
  return value !== undefined && Number.isFinite(value) && value >= 0
    ? Math.trunc(value)
    : otherwise;
}

function subnet(bits: number | undefined, otherwise: number): number {
  return bits !== undefined && bits >= 0 && bits <= 128 ? Math.trunc(bits) : otherwise;
}

function timeWindow(value: OwnOptions["timeWindow"], otherwise: Told): Told {
  if (typeof value === "function") return value;
  if (typeof value !== "string") return whole(value, otherwise);
  const ms = textMs(value);
  if (Number.isNaN(ms)) failOption("timeWindow", 'a time, as "1 minute"', value);
  return ms;
}
