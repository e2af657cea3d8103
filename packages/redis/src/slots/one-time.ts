import type { Clock } from "@sluice/core";

import type { AtOnce } from "./reserve-slots.ts";

/** A clock that is read once for several calls. */
export interface OneTime {
  readonly clock: Clock;
  /** Reads the time; gives what makes calls at it. */
  begin(): AtOnce;
}

/** Reads `clock` so, which stores read when they are called. */
export function oneTime(clock: Clock): OneTime {
  let held: number | undefined;
  return {
    clock: () => held ?? clock(),
    begin() {
      const at = clock();
      return (call) => {
        const before = held;
        held = at;
        try {
          return call();
        } finally {
          held = before;
        }
      };
    },
  };
}
