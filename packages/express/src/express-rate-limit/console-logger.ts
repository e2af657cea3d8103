import type { Logger } from "./options.ts";

/* oxlint-disable eslint/no-console -- the contract's default */
/** Prints what was being done before the error. */
export const consoleLogger: Logger = {
  warn: (...told) => console.warn(...told.toReversed()),
  error: (...told) => console.error(...told.toReversed()),
};
