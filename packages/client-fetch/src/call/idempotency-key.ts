let prefix: string | undefined;
let count = 0;

/** A key that no other call has: random for this process, and counted, which is far cheaper than random for each. */
export function idempotencyKey(): string {
  // Not before it is asked for: some workers have no randomness while they load.
  prefix ??= crypto.randomUUID();
  count += 1;
  return `${prefix}-${count}`;
}
