import { collectGarbage } from "../../garbage.ts";
import { uniformKeys } from "../../key-order.ts";
import { quantilesOf } from "../../quantiles.ts";
import type { Sample, Work } from "../../report.ts";
import { withSubject } from "../connection.ts";
import { inFlight } from "../in-flight.ts";
import type { Task } from "../job.ts";
import { serverUsOf } from "../server-time.ts";

/** How a work of checks is done. */
interface Checks {
  readonly work: Work;
  /** In flight. */
  readonly many: number;
  /** Units a minute for each key. Default: 100, of which four fifths are used in the end. */
  readonly limit?: number;
  /** Of single checks, in turn. Default: 1. */
  readonly costs?: readonly number[];
}

/** Checks of many keys, so many in flight: how many a second, and what each takes the server. */
export function checksOf(...works: readonly Checks[]): (task: Task) => Promise<Sample[]> {
  return async (task) => {
    const samples: Sample[] = [];
    for (const checks of works) samples.push(...(await measured(checks, task)));
    return samples;
  };
}

async function measured(checks: Checks, { subject, sizes, round, port }: Task): Promise<Sample[]> {
  const { work, many, limit = 100, costs = [1] } = checks;
  const { keys, warmUpCalls } = sizes;
  const calls = many === 1 ? sizes.soloCalls : sizes.calls;
  const costAt = (index: number): number => costs[index % costs.length]!;
  return withSubject({ port, subject, limit }, async (opened, client) => {
    await inFlight(opened, uniformKeys(keys, warmUpCalls, round + 2_000), 64, costAt);
    await collectGarbage();
    const order = uniformKeys(keys, calls, round);
    const [serverUs, { admitted, perSecond, latencyNs }] = await serverUsOf(client, () =>
      inFlight(opened, order, many, costAt),
    );
    // What answers without counting is not fast but broken.
    if (admitted < calls * 0.9) throw new Error(`${work}: admitted ${admitted} of ${calls}`);
    return [
      { work, metric: "ops/s", value: perSecond },
      { work, metric: "server-us", value: serverUs / calls },
      ...quantilesOf(latencyNs).map((one): Sample => ({ work, ...one })),
    ];
  });
}
