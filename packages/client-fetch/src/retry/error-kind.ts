import type { Execution } from "../attempt.ts";
import type { Cause } from "../cause.ts";

/** What an error of the base fetch says of its attempt. */
export interface ErrorKind {
  readonly cause: Cause;
  readonly execution: Execution;
  /** One line for people. */
  readonly message: string;
}

const notSentCodes =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket|DNS\w*|ERR_TLS_\w+|ERR_SSL_\w+|EPROTO|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;
const timeoutCodes = /TIMEOUT|^ETIMEDOUT$/i;
const requestCodes =
  /^(?:ERR_INVALID_\w+|UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH))$/;
// A network error by the letter of the Fetch standard, but of the request's making.
const requestWords = /redirect|bad port|scheme|cross.?origin|\bcors\b|integrity/i;
const refusedStream = /REFUSED_STREAM/;
// How the runtimes word a connection that failed; a TypeError in other words is about the request.
const networkWords =
  /fetch failed|failed to fetch|network|load failed|terminated|error sending request|connect|socket|timed? ?out|reset|closed|offline|internet/i;

/** Reads what a fetch threw, on any runtime. `"client-error"`: the request is at fault, and no repetition will help. */
export function errorKind(error: unknown): ErrorKind {
  const chain = chainOf(error);
  const codes = chain.map(({ code }) => textOf(code));
  const named = codes.find((one) => one !== "");
  const words = chain.map(({ message }) => textOf(message)).join(": ");
  // Some runtimes say the whole URL, in whose query there may be a key.
  const shown = words.replaceAll(/\?[^\s)]*/g, "");
  const message = (named === undefined ? shown : `${named}: ${shown}`).slice(0, 200);
  const kind = (cause: Cause, execution: Execution): ErrorKind => ({ cause, execution, message });

  if (codes.some((one) => requestCodes.test(one)) || requestWords.test(words)) {
    return kind("client-error", "not-sent");
  }
  if (
    codes.some((one) => notSentCodes.test(one)) ||
    chain.some((link) => link.syscall === "connect")
  ) {
    return kind(codes.some((one) => timeoutCodes.test(one)) ? "timeout" : "connection", "not-sent");
  }
  if (refusedStream.test(words)) return kind("connection", "refused");
  const isTimeout =
    codes.some((one) => timeoutCodes.test(one)) || chain[0]?.name === "TimeoutError";
  if (isTimeout) return kind("timeout", "maybe-executed");
  if (/connection refused|dns error/i.test(words)) return kind("connection", "not-sent");
  if (error instanceof TypeError && !networkWords.test(words)) {
    return kind("client-error", "not-sent");
  }
  return kind("connection", "maybe-executed");
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

interface Link {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly syscall?: unknown;
}

// An AggregateError (of all addresses of a host) speaks by its first.
function chainOf(error: unknown): readonly Link[] {
  const chain: Link[] = [];
  let at: unknown = error;
  while (typeof at === "object" && at !== null && chain.length < 5) {
    chain.push(at);
    at =
      "errors" in at && Array.isArray(at.errors) ? at.errors[0] : "cause" in at ? at.cause : null;
  }
  return chain;
}
