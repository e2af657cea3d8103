/**
 * What an attempt came to, in the one vocabulary that the retry, the budget, the breaker and the queue share. `"success"` and
 * `"client-error"` say that the server works; `"aborted"` and `"rate-limit"` say nothing of it.
 */
export type Cause =
  | "success"
  /** Any 4xx but 408, 409, 425 and 429: the request is at fault. */
  | "client-error"
  /** 429, and what a provider says in its place. */
  | "rate-limit"
  /** No money, no allowance, a day's allowance spent: waiting does not help, or not soon. */
  | "quota"
  /** 503 and 529, and what a provider reports as overload in a body. */
  | "overloaded"
  | "server-error"
  /** A deadline of the attempt, of the first token, or between tokens; 408 and 504. */
  | "timeout"
  /** No connection, or one that broke before the head. */
  | "connection"
  /** A 2xx that was not whole. */
  | "truncated"
  /** The caller gave it up. */
  | "aborted";
