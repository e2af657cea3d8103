import { Redis } from "ioredis";

import type { Address } from "./port.ts";

/** Uses a connection of its own to a server, for as long as `use` takes. Whatever fails is thrown, and not tried again. */
export async function withClient<T>(
  { host, port }: Address,
  use: (client: Redis) => Promise<T>,
  timeoutMs = 1_000,
): Promise<T> {
  const client = new Redis({
    host,
    port,
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    disableClientInfo: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    // Connecting waits for no answer then: a server that hangs is seen as one that does.
    protocol: 2,
    retryStrategy: () => null,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** One command to one server. */
export async function ask(
  at: Address,
  command: string,
  ...args: readonly (string | number)[]
): Promise<unknown> {
  return withClient(at, async (client) => client.call(command, ...args));
}
