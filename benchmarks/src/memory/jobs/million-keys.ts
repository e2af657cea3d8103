import { settle } from "../../garbage.ts";
import { eachKey, uniformKeys, zipfKeys } from "../../key-order.ts";
import { nsPerCall } from "../../loop.ts";
import { quantilesOf } from "../../quantiles.ts";
import type { Sample } from "../../report.ts";
import type { Task } from "../job.ts";

/** A million keys that have all been seen: uniform, call by call, and by Zipf's law. */
export async function millionKeys({ subject, sizes, round }: Task): Promise<Sample[]> {
  const { keys, calls, warmUpCalls } = sizes;
  const opened = subject.open({ limit: 100, keys });
  const { loop } = opened;
  const samples = new Float64Array(calls);
  const uniform = uniformKeys(keys, calls, round);
  const timed = uniformKeys(keys, calls, round + 1000);
  const zipf = zipfKeys(keys, calls, round);
  await loop.run(eachKey(keys));
  // As in a server that has been up for a while, and alike for all.
  await settle(sizes.settlingObjects);
  await loop.run(uniformKeys(keys, warmUpCalls, round + 2000));
  await loop.runTimed(timed.subarray(0, warmUpCalls), samples);
  const uniformNs = await nsPerCall(loop, uniform);
  await loop.runTimed(timed, samples);
  const quantiles = quantilesOf(samples);
  const zipfNs = await nsPerCall(loop, zipf);
  opened.close();
  return [
    { work: "uniform-1m", metric: "ns/op", value: uniformNs },
    ...quantiles.map((one): Sample => ({ work: "uniform-1m", ...one })),
    { work: "zipf-1m", metric: "ns/op", value: zipfNs },
  ];
}
