import { randomUUID } from "node:crypto";

import { Redis } from "ioredis";

import { startRedis } from "./redis-server.ts";

/** A server to decide on, and where on it. It may be somebody else's: only keys with the prefix are to be touched. */
export interface Place extends AsyncDisposable {
  readonly url: string;
  /** Nobody else's keys begin with it. They are removed in the end. */
  readonly prefix: string;
}

/**
 * Where whatever needs no more than a server and its keys is tested: on the servers that `REDIS_URL` and `VALKEY_URL` name, else
 * on one of our own. Use it as `describe.each(places)("… on $name", ({ open }) => …)`.
 *
 * Tests that kill, stop or restart a server, that flush it or change its configuration use `startRedis`, `startSentinel` and
 * `startCluster`, which never touch a given server.
 */
export const places: readonly { readonly name: string; readonly open: () => Promise<Place> }[] =
  placesOf(process.env);

export function placesOf(env: Readonly<Record<string, string | undefined>>): typeof places {
  const given = ["REDIS_URL", "VALKEY_URL"].flatMap((name) => {
    const url = env[name];
    return url === undefined || url === "" ? [] : [{ name, open: async () => openGiven(url) }];
  });
  return given.length > 0 ? given : [{ name: "a server of our own", open: openOwn }];
}

async function openOwn(): Promise<Place> {
  const server = await startRedis();
  return { url: server.url, prefix: newPrefix(), [Symbol.asyncDispose]: async () => server.stop() };
}

async function openGiven(url: string): Promise<Place> {
  const prefix = newPrefix();
  return { url, prefix, [Symbol.asyncDispose]: async () => removeKeys(url, prefix) };
}

function newPrefix(): string {
  return `sluice-test-${randomUUID()}:`;
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const client = new Redis(url);
  try {
    let cursor = "0";
    do {
      const [next, keys] = await client.scan(cursor, "MATCH", `${prefix}*`, "COUNT", 10_000);
      if (keys.length > 0) await client.unlink(...keys);
      cursor = next;
    } while (cursor !== "0");
  } finally {
    client.disconnect();
  }
}
