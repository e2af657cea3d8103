import { isIPv6 } from "node:net";

import type { Request, Response } from "express";

import { consoleLogger } from "./console-logger.ts";
import { ipKeyGenerator } from "./ip-key-generator.ts";
import type { Options, RateLimitOptions, Validations } from "./options.ts";
import { validationsOf } from "./validations.ts";

/** The options in force, but for `store`. */
export type Settings = Omit<Options, "store">;

/** What was given, the rest by default, all of it checked in a fixed order. Throws a `TypeError` for a logger that cannot log. */
export function settingsOf(given: RateLimitOptions): {
  settings: Settings;
  validations: Validations;
} {
  const { store: _, ...own } = withoutUndefined(given);
  const logger = given.logger ?? consoleLogger;
  const validations = validationsOf(own.validate ?? true, logger);
  checkAtCreation(validations, given, own);
  const settings: Settings = {
    windowMs: 60_000,
    limit: given.max ?? 5,
    message: "Too many requests, please try again later.",
    statusCode: 429,
    legacyHeaders: given.headers ?? true,
    identifier: (request) => identify(request, settings),
    requestPropertyName: "rateLimit",
    skipFailedRequests: false,
    skipSuccessfulRequests: false,
    requestWasSuccessful: (_request, response) => response.statusCode < 400,
    skip: () => false,
    keyGenerator: async (request, response) =>
      keyByAddress(request, response, settings, validations),
    ipv6Subnet: 56,
    handler: async (request, response) => refuse(request, response, settings),
    passOnStoreError: false,
    ...own,
    standardHeaders: own.standardHeaders === true ? "draft-6" : (own.standardHeaders ?? false),
    validate: validations.enabled,
    logger,
  };
  return { settings, validations };
}

function checkAtCreation(
  validations: Validations,
  given: RateLimitOptions,
  own: Omit<RateLimitOptions, "store">,
): void {
  // The names of options that are gone.
  const gone: Record<string, unknown> = { ...own };
  validations.validationsConfig();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the names are looked at
  validations.knownOptions(given as Partial<Options>);
  validations.draftPolliHeaders(gone["draft_polli_ratelimit_headers"]);
  validations.onLimitReached(gone["onLimitReached"]);
  if (own.ipv6Subnet !== undefined && typeof own.ipv6Subnet !== "function") {
    validations.ipv6Subnet(own.ipv6Subnet);
  }
  validations.keyGeneratorIpFallback(own.keyGenerator);
  validations.ipv6SubnetOrKeyGenerator(own);
}

function withoutUndefined(given: RateLimitOptions): RateLimitOptions {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function keyByAddress(
  request: Request,
  response: Response,
  { ipv6Subnet }: Settings,
  validations: Validations,
): Promise<string> {
  validations.ip(request.ip);
  validations.trustProxy(request);
  validations.xForwardedForHeader(request);
  validations.forwardedHeader(request);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undefined is a key like any other, and was warned of
  const ip = request.ip as string;
  if (!isIPv6(ip)) return ip;
  if (typeof ipv6Subnet !== "function") return ipKeyGenerator(ip, ipv6Subnet);
  const subnet = await ipv6Subnet(request, response);
  validations.ipv6Subnet(subnet);
  return ipKeyGenerator(ip, subnet);
}

async function refuse(request: Request, response: Response, settings: Settings): Promise<void> {
  response.status(settings.statusCode);
  const message: unknown =
    typeof settings.message === "function"
      ? await settings.message(request, response)
      : settings.message;
  if (!response.writableEnded) response.send(message);
}

/** As `100-in-1min`. */
function identify(request: Request, { requestPropertyName, windowMs }: Settings): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- was put there just before
  const { limit } = (request as unknown as Record<string, { limit: number }>)[requestPropertyName]!;
  return `${limit}-in-${inWords(windowMs / 1000)}`;
}

function inWords(seconds: number): string {
  const [minutes, hours, days] = [seconds / 60, seconds / 3600, seconds / 86_400];
  if (seconds < 60) return `${seconds}sec`;
  if (minutes < 60) return `${minutes}min`;
  if (hours < 24) return `${hours}hr${hours > 1 ? "s" : ""}`;
  return `${days}day${days > 1 ? "s" : ""}`;
}
