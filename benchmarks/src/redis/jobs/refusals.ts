import { collectGarbage } from "../../garbage.ts";
import { oneKey } from "../../key-order.ts";
import type { Sample, Work } from "../../report.ts";
import { withSubject } from "../connection.ts";
import { inFlight } from "../in-flight.ts";
import type { Task } from "../job.ts";

/** Checks of a key that is full, 64 in flight. */
export function refusalsOf(work: Work, isLocal = false): (task: Task) => Promise<Sample[]> {
  const limit = 100;
  return ({ subject, sizes, port }) =>
    withSubject({ port, subject, limit }, async (opened) => {
      const filled = await inFlight(opened, oneKey(sizes.warmUpCalls + limit), 64);
      if (filled.admitted !== limit) throw new Error(`${work}: admitted ${filled.admitted}`);
      await collectGarbage();
      const calls = isLocal ? sizes.localCalls : sizes.calls;
      const { admitted, perSecond } = await inFlight(opened, oneKey(calls), 64);
      if (admitted > 0) throw new Error(`${work}: admitted ${admitted} more`);
      return [{ work, metric: "ops/s", value: perSecond }];
    });
}
