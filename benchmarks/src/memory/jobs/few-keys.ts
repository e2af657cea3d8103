import { collectGarbage } from "../../garbage.ts";
import { eachKey, type KeyOrder, oneKey, uniformKeys } from "../../key-order.ts";
import { nsPerCall } from "../../loop.ts";
import type { Sample, Work } from "../../report.ts";
import type { Task } from "../job.ts";
import type { Opening } from "../subjects/subject.ts";

const neverReached = 1_000_000_000;

/** One key, allowed and refused, and ten thousand, of one request each and, where the subject can, of unequal costs. */
export async function fewKeys(task: Task): Promise<Sample[]> {
  const { mostCalls = Infinity, weighs = false } = task.subject;
  const { fewKeys: keys } = task.sizes;
  const calls = Math.min(task.sizes.calls, mostCalls);
  const warmUpCalls = Math.min(task.sizes.warmUpCalls, mostCalls);
  const hot = oneKey(calls);
  const hotWarmUp = oneKey(warmUpCalls);
  const samples = [
    await measured(task, "hot", { limit: neverReached, keys: 1 }, hotWarmUp, hot),
    await measured(task, "hot-denied", { limit: 100, keys: 1 }, hotWarmUp, hot),
  ];
  if (calls === mostCalls) return samples;
  const uniform = uniformKeys(keys, calls, task.round);
  const warmUp = uniformKeys(keys, warmUpCalls, task.round + 2000);
  const opening = { limit: neverReached, keys };
  samples.push(await measured(task, "uniform-10k", opening, warmUp, uniform));
  if (!weighs) return samples;
  const weighing = { ...opening, weighs };
  return [...samples, await measured(task, "weighted-10k", weighing, warmUp, uniform)];
}

async function measured(
  { subject }: Task,
  work: Work,
  opening: Opening,
  warmUp: KeyOrder,
  order: KeyOrder,
): Promise<Sample> {
  const opened = subject.open(opening);
  await opened.loop.run(eachKey(opening.keys));
  await collectGarbage();
  await opened.loop.run(warmUp);
  const value = await nsPerCall(opened.loop, order);
  opened.close();
  return { work, metric: "ns/op", value };
}
