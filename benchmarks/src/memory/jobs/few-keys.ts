import { collectGarbage } from "../../garbage.ts";
import { eachKey, type KeyOrder, oneKey, uniformKeys } from "../../key-order.ts";
import { nsPerCall } from "../../loop.ts";
import type { Sample, Work } from "../../report.ts";
import type { Task } from "../job.ts";
import type { Opening } from "../subjects/subject.ts";

const neverReached = 1_000_000_000;

/** One key, allowed and refused, and ten thousand. */
export async function fewKeys(task: Task): Promise<Sample[]> {
  const { fewKeys: keys, calls, warmUpCalls } = task.sizes;
  const hot = oneKey(calls);
  const hotWarmUp = oneKey(warmUpCalls);
  const uniform = uniformKeys(keys, calls, task.round);
  const uniformWarmUp = uniformKeys(keys, warmUpCalls, task.round + 2000);
  return [
    await measured(task, "hot", { limit: neverReached, keys: 1 }, hotWarmUp, hot),
    await measured(task, "uniform-10k", { limit: neverReached, keys }, uniformWarmUp, uniform),
    await measured(task, "hot-denied", { limit: 100, keys: 1 }, hotWarmUp, hot),
  ];
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
