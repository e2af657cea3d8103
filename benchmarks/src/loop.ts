import { costAt } from "./costs.ts";
import type { KeyOrder } from "./key-order.ts";

/** Asks a subject once for each key of an order, and answers how many were admitted. */
export interface Loop {
  run(order: KeyOrder): number | Promise<number>;
  /** The same, with the nanoseconds of each call written to `into`. */
  runTimed(order: KeyOrder, into: Float64Array): number | Promise<number>;
}

/** Holds the last answer, so that no compiler may leave it unmade. */
export const sink: { last: unknown } = { last: undefined };

/** A loop over a subject that answers at once. Keys are new strings each time, as requests bring them; costs are there for those who weigh. */
export function syncLoop<R>(
  decide: (key: string, cost: number) => R,
  admits: (answer: R) => boolean,
): Loop {
  return {
    run(order) {
      let admitted = 0;
      for (let index = 0; index < order.length; index++) {
        const answer = decide(`user-${order[index]!}`, costAt(index));
        sink.last = answer;
        if (admits(answer)) admitted++;
      }
      return admitted;
    },
    runTimed(order, into) {
      let admitted = 0;
      for (let index = 0; index < order.length; index++) {
        const startMs = performance.now();
        const answer = decide(`user-${order[index]!}`, costAt(index));
        into[index] = (performance.now() - startMs) * 1e6;
        sink.last = answer;
        if (admits(answer)) admitted++;
      }
      return admitted;
    },
  };
}

/** A loop over a subject that promises its answer; one that rejects has refused. */
export function asyncLoop<R>(
  decide: (key: string, cost: number) => Promise<R>,
  admits: (answer: R) => boolean,
): Loop {
  return {
    async run(order) {
      let admitted = 0;
      for (let index = 0; index < order.length; index++) {
        try {
          const answer = await decide(`user-${order[index]!}`, costAt(index));
          sink.last = answer;
          if (admits(answer)) admitted++;
        } catch (refusal) {
          sink.last = refusedOrThrow(refusal);
        }
      }
      return admitted;
    },
    async runTimed(order, into) {
      let admitted = 0;
      for (let index = 0; index < order.length; index++) {
        const startMs = performance.now();
        try {
          const answer = await decide(`user-${order[index]!}`, costAt(index));
          into[index] = (performance.now() - startMs) * 1e6;
          sink.last = answer;
          if (admits(answer)) admitted++;
        } catch (refusal) {
          into[index] = (performance.now() - startMs) * 1e6;
          sink.last = refusedOrThrow(refusal);
        }
      }
      return admitted;
    },
  };
}

function refusedOrThrow(refusal: unknown): unknown {
  if (refusal instanceof Error) throw refusal;
  return refusal;
}

/** The nanoseconds of one call, over all of `order`. */
export async function nsPerCall(loop: Loop, order: KeyOrder): Promise<number> {
  const startMs = performance.now();
  await loop.run(order);
  return ((performance.now() - startMs) * 1e6) / order.length;
}
