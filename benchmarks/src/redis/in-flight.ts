import type { KeyOrder } from "../key-order.ts";
import { sink } from "../loop.ts";
import type { Opened } from "./subjects/subject.ts";

/** What came of many checks. */
export interface Flight {
  readonly admitted: number;
  readonly perSecond: number;
  /** Of each check, from its question to its answer. */
  readonly latencyNs: Float64Array;
}

/** Asks for each key of `order`, always `many` at once. Keys are new strings each time, as requests bring them. */
export async function inFlight(
  opened: Opened,
  order: KeyOrder,
  many: number,
  costAt: (index: number) => number = () => 1,
): Promise<Flight> {
  const latencyNs = new Float64Array(order.length);
  let next = 0;
  let admitted = 0;
  const askOnAndOn = async (): Promise<void> => {
    while (next < order.length) {
      const index = next++;
      const askedMs = performance.now();
      const allowed = await opened.decide(`user-${order[index]!}`, costAt(index));
      latencyNs[index] = (performance.now() - askedMs) * 1e6;
      sink.last = allowed;
      if (allowed) admitted++;
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: many }, askOnAndOn));
  const perSecond = (order.length / (performance.now() - startMs)) * 1_000;
  return { admitted, perSecond, latencyNs };
}
