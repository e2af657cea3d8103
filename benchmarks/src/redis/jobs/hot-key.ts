import { collectGarbage } from "../../garbage.ts";
import { oneKey } from "../../key-order.ts";
import type { Sample, Work } from "../../report.ts";
import { withSubject } from "../connection.ts";
import { inFlight } from "../in-flight.ts";
import type { Task } from "../job.ts";

interface Hot {
  readonly work: Work;
  /** In flight. */
  readonly many: number;
  /** Whether most are decided in this process. */
  readonly isLocal?: boolean;
}

/** Checks of one key with room for all of them, so many in flight. */
export function hotKeyOf(...works: readonly Hot[]): (task: Task) => Promise<Sample[]> {
  return async (task) => {
    const samples: Sample[] = [];
    for (const hot of works) samples.push(await measured(hot, task));
    return samples;
  };
}

function measured(
  { work, many, isLocal = false }: Hot,
  { subject, sizes, port }: Task,
): Promise<Sample> {
  // More than are asked for while it is measured.
  const limit = 10_000_000;
  return withSubject({ port, subject, limit }, async (opened) => {
    // Many at once, so that it does not take longer than what is measured.
    await inFlight(opened, oneKey(sizes.warmUpCalls), 64);
    await collectGarbage();
    const overTheWire = many === 1 ? sizes.soloCalls : sizes.calls;
    const calls = isLocal ? sizes.localCalls : overTheWire;
    const { admitted, perSecond } = await inFlight(opened, oneKey(calls), many);
    if (admitted < calls) throw new Error(`${work}: admitted ${admitted} of ${calls}`);
    return { work, metric: "ops/s", value: perSecond };
  });
}
