import autocannon from "autocannon";

import type { Sample, Work } from "../../report.ts";
import { median } from "../../statistics.ts";
import type { Framework } from "../framework.ts";
import type { Task } from "../job.ts";
import type { Limiting } from "../limiting.ts";
import { keyHeader } from "../limiting.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";
import { sluice } from "../subjects.ts";

const keysOfConnection = 25;

/**
 * A handler of a few bytes, without and with the middleware, by turns: the share of requests per second that is kept, and the
 * processor time that the middleware adds to a request.
 */
export function overheadOf(framework: Framework): (task: Task) => Promise<Sample[]> {
  return async ({ subject, sizes }) => {
    const one = `http-${framework}` as const;
    const asked: [Limiting, Work][] =
      subject === sluice
        ? [
            ["one-limit", one],
            ["three-limits", `${one}-limits3`],
          ]
        : [["peer", one]];
    const open: ServerProcess[] = [];
    const opened = async (limiting: Limiting): Promise<ServerProcess> => {
      const server = await startProcess({ kind: "hello", framework, limiting });
      open.push(server);
      await burst(server, sizes.connections, sizes.warmUpRequests);
      return server;
    };
    try {
      const bare = await opened("none");
      const limited: Limited[] = [];
      for (const [limiting, work] of asked) {
        limited.push({ work, server: await opened(limiting), kept: [], addedUs: [] });
      }
      await takeTurns(bare, limited, sizes);
      return limited.flatMap(({ work, kept, addedUs }): Sample[] => [
        { work, metric: "kept", value: median(kept) },
        { work, metric: "added-us", value: median(addedUs) },
      ]);
    } finally {
      for (const server of open) server.close();
    }
  };
}

/** A server behind limits, and how it stood to the bare one, turn by turn. */
interface Limited {
  readonly work: Work;
  readonly server: ServerProcess;
  readonly kept: number[];
  readonly addedUs: number[];
}

/** A burst of each of `limited` between two of the bare one: the same on both sides, so that a machine that gets slower slows all. */
async function takeTurns(
  bare: ServerProcess,
  limited: readonly Limited[],
  { pairs, connections, requests: amount }: Task["sizes"],
): Promise<void> {
  let before = await burst(bare, connections, amount);
  for (let pair = 0; pair < pairs; pair++) {
    const between = new Map<Limited, Burst>();
    for (const one of pair % 2 === 0 ? limited : limited.toReversed()) {
      between.set(one, await burst(one.server, connections, amount));
    }
    const after = await burst(bare, connections, amount);
    for (const [{ kept, addedUs }, { perSecond, cpuUs }] of between) {
      kept.push((2 * perSecond) / (before.perSecond + after.perSecond));
      addedUs.push(cpuUs - (before.cpuUs + after.cpuUs) / 2);
    }
    before = after;
  }
}

interface Burst {
  readonly perSecond: number;
  /** Of the server, for each request. */
  readonly cpuUs: number;
}

async function burst(server: ServerProcess, connections: number, amount: number): Promise<Burst> {
  const cpuUs = await server.cpuUs();
  const startMs = performance.now();
  let connection = 0;
  const { non2xx, errors } = await autocannon({
    url: `http://127.0.0.1:${server.port}/`,
    connections,
    amount,
    // Each its own: to make all of them for every connection takes longer than the burst.
    setupClient: (client) => client.setRequests(requestsOf(connection++)),
    // It looks only so often whether it is done.
    sampleInt: 10,
  });
  const seconds = (performance.now() - startMs) / 1000;
  if (non2xx + errors > 0) throw new Error(`${non2xx} refused, ${errors} failed`);
  return { perSecond: amount / seconds, cpuUs: ((await server.cpuUs()) - cpuUs) / amount };
}

function requestsOf(connection: number): autocannon.Request[] {
  return Array.from({ length: keysOfConnection }, (_, key) => ({
    headers: { [keyHeader]: `key-${connection * keysOfConnection + key}` },
  }));
}
