import { settle } from "../../garbage.ts";
import { oneKey } from "../../key-order.ts";
import { quantilesOf } from "../../quantiles.ts";
import type { Sample } from "../../report.ts";
import type { Task } from "../job.ts";

/** What a timed call takes when nothing is decided: it is part of every p99.9, and is not taken off. */
export async function timedNothing({ subject, sizes }: Task): Promise<Sample[]> {
  const { loop } = subject.open({ limit: 1, keys: 1 });
  const samples = new Float64Array(sizes.calls);
  const order = oneKey(sizes.calls);
  await loop.runTimed(order, samples);
  await settle(sizes.settlingObjects);
  await loop.runTimed(order, samples);
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  return [
    { work: "timer", metric: "ns/op", value: mean },
    ...quantilesOf(samples).map((one): Sample => ({ work: "timer", ...one })),
  ];
}
