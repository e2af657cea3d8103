import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** All servers of the tests are on it. */
export const host = "127.0.0.1";

/**
 * Starts something on a port of its own, and again on another one when that is taken.
 *
 * Ports are those that no operating system gives to outgoing connections, also 10,000 higher, where a Cluster's nodes talk: a
 * server that is down for a moment finds its port free when it comes back.
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const port = newPort();
    try {
      return await start(port);
    } catch (error) {
      if (!isTaken(error) || attempt === 20) throw error;
    }
  }
}

/** Each worker of the tests has ports of its own, and gives none out twice: what is down is missed by clients that must not find another. */
function newPort(): number {
  const range = 10_000 + (Number(process.env["VITEST_POOL_ID"] ?? 0) % 10) * 1_000;
  for (;;) {
    const port = range + randomInt(1_000);
    if (given.size < 900 && given.has(port)) continue;
    given.add(port);
    return port;
  }
}

const given = new Set<number>();

/** Starts something on the port that it had before, which another one that is looking may hold for a moment. */
export async function onSamePort<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (!isTaken(error) || attempt === 20) throw error;
      await wait(100);
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
