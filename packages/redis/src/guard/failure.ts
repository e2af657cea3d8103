import { isSluiceError, SluiceError, type Terms } from "@sluice/core";

/**
 * How a decision is made while the store cannot: `"local"` by an in-process store that has `share` of the limit, `"allow"` without counting,
 * `"refuse"` not at all. Of a decision on several limits the strictest holds: refuse, then local, then allow.
 */
export type FailureMode = "local" | "allow" | "refuse";

/** One mode for all limits, or one by the name of each; `"local"` where a limit is not named. */
export type FailureModes = FailureMode | Readonly<Record<string, FailureMode>>;

const modes: ReadonlySet<unknown> = new Set<FailureMode>(["local", "allow", "refuse"]);

/** Tells the mode of a limit by its terms. Throws `invalid-option`. */
export function modeFinder(failure: FailureModes): (terms: Terms) => FailureMode {
  const each = typeof failure === "object" && failure !== null ? failure : undefined;
  for (const mode of each === undefined ? [failure] : Object.values(each)) {
    if (modes.has(mode)) continue;
    const expected = '"local", "allow" or "refuse", or one of them for each limit';
    throw new SluiceError("invalid-option", `guard: failure must be ${expected}`);
  }
  if (typeof failure === "string") return () => failure;
  return ({ scope }) => {
    const name = scope.slice(0, scope.indexOf("|"));
    return each !== undefined && Object.hasOwn(each, name) ? (each[name] ?? "local") : "local";
  };
}

/** The modes that there are among limits. */
export function modesOf(failure: FailureModes): ReadonlySet<FailureMode> {
  return new Set(typeof failure === "string" ? [failure] : [...Object.values(failure), "local"]);
}

/** Whether the caller is at fault, and not the store: such an error is passed on as it is. */
export function isCallersError(error: unknown): boolean {
  return isSluiceError(error) && error.code !== "store-locked" && error.code !== "invalid-reply";
}

// Of states of the server that a script runs into, which servers before 7 put into the text of an error in a script.
const ofTheServer =
  /\b(READONLY|OOM|MISCONF|LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|NOPERM|ACL)\b/;

/**
 * Whether only what was asked failed, and not the server: a key of another type, a mistake that a script ran into. It is then decided in
 * the mode of failure, and the store is not given up for all others: else one subject could shut everybody out of it.
 */
export function isIsolated(error: unknown): boolean {
  const message = error instanceof Error ? error.message : "";
  if (/\bWRONGTYPE\b/.test(message)) return true;
  return /^ERR .*user_script/.test(message) && !ofTheServer.test(message);
}

/** Whether what failed would fail again, however well the store is. */
export function isHopeless(error: unknown): boolean {
  return isCallersError(error) || isIsolated(error);
}
