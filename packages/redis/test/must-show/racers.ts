import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

import type { Address } from "../servers/port.ts";

/** So much there is for each tenant, and twice that for each region. */
export const limit = 100;

/** Where racers ask. */
export interface Places {
  readonly single: Address;
  readonly nodes: readonly Address[];
}

/** What every racer does. */
export interface Race {
  readonly on: "single" | "cluster";
  /** In how many slots of a Cluster the limits of a request are. */
  readonly slots: 1 | 2;
  /** Checks of one tick travel together, reservations each by itself. */
  readonly how: "check" | "reserve";
  readonly checks: number;
  /** Of the subject that it is about. */
  readonly name: string;
  /** By the machine's monotonic clock. */
  readonly startMs: number;
}

/** Processes that ask for the same thing at the same time. */
export interface Racers extends Disposable {
  /** How many requests were admitted, of all that all of them made for one subject that is new. */
  race(how: Omit<Race, "name" | "startMs">): Promise<number>;
}

/** Starts so many processes, each with clients of its own. */
export async function startRacers(count: number, places: Places): Promise<Racers> {
  const path = new URL("member.ts", import.meta.url);
  const children = Array.from({ length: count }, () =>
    fork(path, [JSON.stringify(places)], { execArgv: [] }),
  );
  const stop = (): void => {
    for (const child of children) child.kill("SIGKILL");
  };
  let races = 0;
  try {
    await Promise.all(children.map(async (child) => heard(child)));
  } catch (error) {
    stop();
    throw error;
  }
  return {
    async race(how) {
      const startMs = Number(process.hrtime.bigint()) / 1e6 + 20;
      const answers = children.map(async (child) => Number(await heard(child)));
      for (const child of children) child.send({ ...how, name: `${races}`, startMs });
      races++;
      return (await Promise.all(answers)).reduce((sum, allowed) => sum + allowed, 0);
    },
    [Symbol.dispose]: stop,
  };
}

/** The next message of a child, which fails when it ends without one. */
async function heard(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const ended = once(child, "exit", over).then(([code, signal]) => {
    throw new Error(`a racer ended with ${code ?? signal}`);
  });
  ended.catch(() => {});
  const [message] = await Promise.race([once(child, "message", over), ended]);
  over.abort();
  return message;
}
