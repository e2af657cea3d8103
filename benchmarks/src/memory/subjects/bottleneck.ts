import Bottleneck from "bottleneck";

import { asyncLoop } from "../../loop.ts";
import type { Subject } from "./subject.ts";

/** `schedule` of a job that does nothing, in a Group with a limiter for each key. It is made to queue jobs; here it may queue none. */
export const bottleneck: Subject = {
  name: "bottleneck",
  promise:
    "a scheduler of jobs with a reservoir that is filled up every minute, one limit, a refusal is free; a queue for each key; a promise that waits for a timer, rejected to refuse",
  // A timer is a millisecond.
  mostCalls: 100,
  open({ limit }) {
    const group = new Bottleneck.Group({
      reservoir: limit,
      reservoirRefreshAmount: limit,
      reservoirRefreshInterval: 60_000,
      highWater: 0,
      strategy: Bottleneck.strategy.OVERFLOW,
    });
    return {
      loop: asyncLoop(
        async (key) => {
          try {
            return await group.key(key).schedule(admitted);
          } catch (refusal) {
            if (refusal instanceof Bottleneck.BottleneckError) return false;
            throw refusal;
          }
        },
        (isAdmitted) => isAdmitted,
      ),
      close: () => void group.disconnect(),
    };
  },
};

async function admitted(): Promise<boolean> {
  return true;
}
