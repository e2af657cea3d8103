import { concurrency } from "../algorithms/concurrency.ts";
import { slidingWindow } from "../algorithms/sliding-window.ts";
import { type Example, is, same } from "./workbench.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per });
const day = slidingWindow({ name: "day", limit: 10, window: 100, precisionMs: 10, per });

/** How several limits decide together, sliding windows and places in flight. */
export const windowExamples: readonly Example[] = [
  [
    "counts a charge for exactly one window",
    [rpm],
    async ({ ask, clock }) => {
      is(await ask({ requests: 2 }), "allowed");
      clock.advance(40);
      is(await ask({ requests: 2 }), "over-limit rpm 60");
      is(await ask({ requests: 1 }), "allowed");
      clock.advance(59);
      is(await ask({ requests: 1 }), "over-limit rpm 1");
      clock.advance(1);
      is(await ask({ requests: 2 }), "allowed");
    },
  ],
  [
    "tells what never fits from what has to wait",
    [rpm],
    async ({ ask }) => {
      is(await ask({ requests: 4 }), "never-fits rpm never");
      is(await ask({ requests: 3 }), "allowed");
      is(await ask({ requests: 0 }), "allowed");
    },
  ],
  [
    "counts slots of its precision as charged at their end",
    [day],
    async ({ ask, clock }) => {
      is(await ask({ requests: 4 }), "allowed");
      clock.advance(9);
      is(await ask({ requests: 6 }), "allowed");
      is(await ask({ requests: 1 }), "over-limit day 100");
      clock.advance(1);
      is(await ask({ requests: 1 }), "over-limit day 99");
    },
  ],
  [
    "charges nothing when the last of three limits refuses",
    [rpm, tpm, inflight],
    async ({ ask, lease, used }) => {
      await lease({ tokens: 10 });
      await lease({ tokens: 10 });
      is(await ask({ tokens: 10 }), "over-limit inflight 50");
      same(await used(), [2, 20, 2]);
    },
  ],
  [
    "waits for the slowest of the limits that refuse",
    [tpm, rpm],
    async ({ ask, clock }) => {
      is(await ask({ requests: 3, tokens: 0 }), "allowed");
      clock.advance(30);
      is(await ask({ requests: 0, tokens: 100 }), "allowed");
      is(await ask({ requests: 1, tokens: 1 }), "over-limit tpm 100");
    },
  ],
  [
    "neither frees nor freezes capacity when the clock steps back",
    [rpm],
    async ({ ask, clock }) => {
      is(await ask({ requests: 3 }), "allowed");
      clock.advance(40);
      clock.advance(-3_600_000);
      is(await ask({ requests: 1 }), "over-limit rpm 100");
      clock.advance(99);
      is(await ask({ requests: 1 }), "over-limit rpm 1");
      clock.advance(1);
      is(await ask({ requests: 3 }), "allowed");
    },
  ],
];
