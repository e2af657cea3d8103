/** Whole seconds for a Retry-After header (RFC 9110 §10.2.3), rounded up: who waits this long is not too early. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}
