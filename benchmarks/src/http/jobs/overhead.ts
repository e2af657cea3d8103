import autocannon from "autocannon";

import type { Sample, Work } from "../../report.ts";
import { median } from "../../statistics.ts";
import type { Framework } from "../framework.ts";
import type { Task } from "../job.ts";
import type { Limiting } from "../limiting.ts";
import { keyHeader } from "../limiting.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";
import { sluice } from "../subjects.ts";

const distinctKeys = 500;

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
    const samples: Sample[] = [];
    const bare = await startProcess({ kind: "hello", framework, limiting: "none" });
    try {
      await burst(bare, sizes.connections, sizes.warmUpRequests);
      for (const [limiting, work] of asked) {
        const limited = await startProcess({ kind: "hello", framework, limiting });
        try {
          await burst(limited, sizes.connections, sizes.warmUpRequests);
          const { kept, addedUs } = await pairs(bare, limited, sizes);
          samples.push(
            { work, metric: "kept", value: kept },
            { work, metric: "added-us", value: addedUs },
          );
        } finally {
          limited.close();
        }
      }
    } finally {
      bare.close();
    }
    return samples;
  };
}

async function pairs(
  bare: ServerProcess,
  limited: ServerProcess,
  { pairs: many, connections, requests: amount }: Task["sizes"],
): Promise<{ readonly kept: number; readonly addedUs: number }> {
  const kept: number[] = [];
  const addedUs: number[] = [];
  let before = await burst(bare, connections, amount);
  for (let pair = 0; pair < many; pair++) {
    const between = await burst(limited, connections, amount);
    const after = await burst(bare, connections, amount);
    // The same on both sides, so that a machine that gets slower slows all.
    kept.push((2 * between.perSecond) / (before.perSecond + after.perSecond));
    addedUs.push(between.cpuUs - (before.cpuUs + after.cpuUs) / 2);
    before = after;
  }
  return { kept: median(kept), addedUs: median(addedUs) };
}

interface Burst {
  readonly perSecond: number;
  /** Of the server, for each request. */
  readonly cpuUs: number;
}

async function burst(server: ServerProcess, connections: number, amount: number): Promise<Burst> {
  const cpuUs = await server.cpuUs();
  const startMs = performance.now();
  const { non2xx, errors } = await autocannon({
    url: `http://127.0.0.1:${server.port}/`,
    connections,
    amount,
    requests,
    // It looks only so often whether it is done.
    sampleInt: 10,
  });
  const seconds = (performance.now() - startMs) / 1000;
  if (non2xx + errors > 0) throw new Error(`${non2xx} refused, ${errors} failed`);
  return { perSecond: amount / seconds, cpuUs: ((await server.cpuUs()) - cpuUs) / amount };
}

const requests = Array.from({ length: distinctKeys }, (_, key) => ({
  headers: { [keyHeader]: `key-${key}` },
}));
