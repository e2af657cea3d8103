import { checks } from "./checks.ts";
import type { EnabledValidations, Logger, Validations } from "./options.ts";
import { ChangeWarning } from "./validation-error.ts";

/** The checks that `validate` asks for. Throws a `TypeError` for a logger that cannot log. */
export function validationsOf(validate: boolean | EnabledValidations, logger: Logger): Validations {
  if (
    typeof logger !== "object" ||
    typeof logger.error !== "function" ||
    typeof logger.warn !== "function"
  ) {
    throw new TypeError("rateLimit: logger must have the functions error and warn");
  }
  const enabled: Record<string, boolean> =
    typeof validate === "boolean" ? { default: validate } : { default: true, ...validate };
  const once =
    <A extends readonly unknown[]>(name: string, check: (...given: A) => void) =>
    (...given: A): void => {
      if (!(enabled[name] ?? enabled["default"])) return;
      enabled[name] = false;
      try {
        check(...given);
      } catch (error) {
        if (error instanceof ChangeWarning) logger.warn(error);
        else logger.error(error);
      }
    };
  return {
    enabled,
    disable() {
      for (const name of Object.keys(enabled)) enabled[name] = false;
    },
    ip: once("ip", checks.ip),
    trustProxy: once("trustProxy", checks.trustProxy),
    xForwardedForHeader: once("xForwardedForHeader", checks.xForwardedForHeader),
    forwardedHeader: once("forwardedHeader", checks.forwardedHeader),
    positiveHits: once("positiveHits", checks.positiveHits),
    unsharedStore: once("unsharedStore", checks.unsharedStore),
    singleCount: once("singleCount", checks.singleCount),
    limit: once("limit", checks.limit),
    draftPolliHeaders: once("draftPolliHeaders", checks.draftPolliHeaders),
    onLimitReached: once("onLimitReached", checks.onLimitReached),
    headersDraftVersion: once("headersDraftVersion", checks.headersDraftVersion),
    headersResetTime: once("headersResetTime", checks.headersResetTime),
    knownOptions: once("knownOptions", checks.knownOptions),
    validationsConfig: once("validationsConfig", () => checks.validationsConfig(enabled)),
    creationStack: once("creationStack", checks.creationStack),
    ipv6Subnet: once("ipv6Subnet", checks.ipv6Subnet),
    ipv6SubnetOrKeyGenerator: once("ipv6SubnetOrKeyGenerator", checks.ipv6SubnetOrKeyGenerator),
    keyGeneratorIpFallback: once("keyGeneratorIpFallback", checks.keyGeneratorIpFallback),
    windowMs: once("windowMs", checks.windowMs),
  };
}
