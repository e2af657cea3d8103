import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { createLimiter } from "@sluice/core";

import { nativeStore } from "../../src/index.ts";
import {
  flightLimit,
  flightLimits,
  leaseMs,
  pairLimits,
  userCount,
  userLimit,
} from "./torture-limits.ts";

/** What came of killing workers, and what is wrong with it. */
export interface Tortured {
  readonly kills: number;
  /** How often a call was found that a killed worker had begun. */
  readonly putRight: number;
  readonly admitted: number;
  /** The longest that a call of a worker that lived took. */
  readonly longestMs: number;
  readonly wrong: readonly string[];
}

/** The word of a file's first page that counts what was put right. */
const putRightAt = 48 * 4;

/**
 * Has four processes decide on one file without a pause, and kills one after the other at any instant. With A what workers say that they
 * were admitted of a user, and D what killed ones had asked for and not yet said: what the store has charged lies between A and A + D, and
 * never above the limit; what all users were charged is what the limit on all was charged, to the unit; and once their deadlines have
 * passed, nothing of the killed workers' leases is in flight.
 */
export async function torture(path: string, kills: number, seed: number): Promise<Tortured> {
  const journal = createJournal();
  const victims: ChildProcess[] = [];
  const start = async (number: number): Promise<void> => {
    const child = spawn(process.execPath, [victimFile, path, `${seed * 10_000 + number}`], {
      stdio: ["ignore", "pipe", "inherit"],
      // So that only the first of them compile anything.
      env: { ...process.env, NODE_COMPILE_CACHE: join(dirname(path), "compiled") },
    });
    victims.push(child);
    await journal.follow(child);
  };
  await Promise.all([0, 1, 2, 3].map(start));
  const wrong: string[] = [];
  // A lock that stayed with a dead worker would be waited for a second, and then thrown.
  const endOf = async (victim: ChildProcess): Promise<void> => {
    if (victim.exitCode !== null) wrong.push(`a worker ended by itself: ${victim.exitCode}`);
    await end(victim);
  };
  for (let kill = 0; kill < kills; kill++) {
    await sleep(Math.random() * 8);
    const [victim] = victims.splice(Math.floor(Math.random() * victims.length), 1);
    await endOf(victim!);
    await start(kill + 4);
  }
  await Promise.all(victims.map(endOf));
  await journal.ended();
  const store = nativeStore({ shared: { path } });
  const pair = createLimiter({ limits: pairLimits, store });
  const flight = createLimiter({ limits: flightLimits, store });
  let admitted = 0;
  for (let index = 0; index < userCount; index++) {
    const user = `user-${index}`;
    const { used } = pair.peek({ user }).limits[0]!;
    const { said, open } = journal.of(`check ${user}`);
    admitted += used;
    const isRight = used >= said && used <= Math.min(userLimit, said + open);
    if (!isRight) wrong.push(`${user}: charged ${used}, ${said} were admitted and ${open} open`);
    const held = flight.peek({ user }, { inflight: 1, tokens: 0 }).limits[0]!.used;
    const most = Math.min(flightLimit, journal.of(`lease ${user}`).open);
    if (held > most) wrong.push(`${user}: ${held} in flight, and ${most} leases were open`);
  }
  const all = pair.peek({ user: "user-0" }).limits[1]!.used;
  if (all !== admitted) wrong.push(`${admitted} charged to users, and ${all} to all`);
  await sleep(leaseMs + 50);
  for (let index = 0; index < userCount; index++) {
    const { used } = flight.peek({ user: `user-${index}` }, { inflight: 1, tokens: 0 }).limits[0]!;
    if (used !== 0) wrong.push(`user-${index}: ${used} in flight after the deadline`);
  }
  store.close();
  return {
    kills,
    putRight: wordAt(path, putRightAt),
    admitted,
    longestMs: journal.longestMs(),
    wrong,
  };
}

const victimFile = fileURLToPath(new URL("victim.ts", import.meta.url));

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function createJournal() {
  const tallies = new Map<string, { said: number; open: number }>();
  const closed: Promise<unknown>[] = [];
  let longestMs = 0;
  const of = (what: string) => {
    const tally = tallies.get(what) ?? { said: 0, open: 0 };
    tallies.set(what, tally);
    return tally;
  };
  return {
    of,
    longestMs: () => longestMs,
    /** Reads what a worker says; resolves once it is ready. */
    async follow(child: ChildProcess): Promise<void> {
      const lines = createInterface({ input: child.stdout! });
      closed.push(once(lines, "close"));
      const ready = once(lines, "line");
      let want = 0;
      lines.on("line", (line) => {
        const [verb, kind, user, times] = line.split(" ");
        if (verb === "t") longestMs = Math.max(longestMs, Number(kind));
        if (verb === "w") of(`${kind} ${user}`).open += want = Number(times);
        if (verb === "d") {
          const tally = of(`${kind} ${user}`);
          tally.open -= want;
          tally.said += Number(times);
        }
      });
      await ready;
    },
    ended: async () => Promise.all(closed),
  };
}

function wordAt(path: string, at: number): number {
  const file = openSync(path, "r");
  const word = new Uint32Array(1);
  readSync(file, word, 0, 4, at);
  closeSync(file);
  return word[0]!;
}
