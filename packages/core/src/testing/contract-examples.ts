import { concurrency } from "../algorithms/concurrency.ts";
import { slidingWindow } from "../algorithms/sliding-window.ts";
import type { Limit } from "../limit.ts";
import { codeOf, is, same, type Workbench } from "./workbench.ts";

/** How long the stores of the examples remember what has ended. */
export const rememberMs = 1_000;

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per });
const day = slidingWindow({ name: "day", limit: 10, window: 100, precisionMs: 10, per });

/** The rules of a store by example: a title, the limits, and what happens. */
export const examples: readonly (readonly [
  string,
  readonly Limit[],
  (bench: Workbench) => Promise<void>,
])[] = [
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
    "settles in the slot where it was reserved",
    [tpm],
    async ({ ask, lease, clock, used }) => {
      const granted = await lease({ tokens: 80 });
      clock.advance(60);
      is((await granted.lease.settle({ tokens: 30 })).limits[0]?.charged, 30);
      same(await used(), [30]);
      is(await ask({ tokens: 71 }), "over-limit tpm 40");
      clock.advance(40);
      same(await used(), [0]);
    },
  ],
  [
    "charges an overage now, and drops a refund, once the slot has left",
    [tpm],
    async ({ lease, clock, used }) => {
      const [over, under] = [await lease({ tokens: 50 }), await lease({ tokens: 50 })];
      clock.advance(100);
      is((await over.lease.settle({ tokens: 70 })).limits[0]?.charged, 70);
      await under.lease.settle({ tokens: 10 });
      same(await used(), [20]);
      clock.advance(99);
      same(await used(), [20]);
      clock.advance(1);
      same(await used(), [0]);
    },
  ],
  [
    "charges what is extended beyond the estimate, and says when the limit no longer holds",
    [tpm],
    async ({ lease, used }) => {
      const granted = await lease({ tokens: 60 });
      is((await granted.lease.extend({ tokens: 60 })).holds, true);
      same(await used(), [60]);
      is((await granted.lease.extend({ tokens: 40 })).holds, true);
      const over = await granted.lease.extend({ tokens: 5 });
      same([over.holds, over.limits[0]?.overage], [false, 5]);
      same(await used(), [105]);
    },
  ],
  [
    "settles once, whatever comes after",
    [tpm, inflight],
    async ({ lease, used }) => {
      const granted = await lease({ tokens: 60 });
      is((await granted.lease.settle({ tokens: 20 })).applied, true);
      is((await granted.lease.settle({ tokens: 90 })).applied, false);
      const ended = await granted.lease.extend({ tokens: 90 });
      same([ended.applied, ended.holds], [false, false]);
      is((await granted.lease.release()).applied, false);
      same(await used(), [20, 0]);
    },
  ],
  [
    "charges an unnamed unit what was extended, or its estimate",
    [rpm, tpm],
    async ({ lease, used }) => {
      await (await lease({ tokens: 40 })).lease.settle();
      same(await used(), [1, 40]);
      const streamed = await lease({ tokens: 40 });
      await streamed.lease.extend({ tokens: 7 });
      await streamed.lease.settle();
      same(await used(), [2, 47]);
    },
  ],
  [
    "releases all but what was extended",
    [rpm, tpm, inflight],
    async ({ lease, used }) => {
      await (await lease({ tokens: 40 })).lease.release();
      same(await used(), [0, 0, 0]);
      const aborted = await lease({ tokens: 40 });
      await aborted.lease.extend({ tokens: 7 });
      await aborted.lease.release();
      same(await used(), [0, 7, 0]);
    },
  ],
  [
    "expires a silent lease at its deadline, charged what was used",
    [rpm, tpm, inflight],
    async ({ lease, clock, used }) => {
      const granted = await lease({ tokens: 40 });
      await granted.lease.extend({ tokens: 7 });
      clock.advance(49);
      same(await used(), [1, 40, 1]);
      clock.advance(1);
      same(await used(), [1, 7, 0]);
    },
  ],
  [
    "charges what is reported after the deadline, and does not bring the lease back",
    [tpm, inflight],
    async ({ lease, clock, used }) => {
      const [late, later] = [await lease({ tokens: 40 }), await lease({ tokens: 40 })];
      await late.lease.extend({ tokens: 7 });
      clock.advance(60);
      is((await late.lease.extend({ tokens: 5 })).limits[0]?.charged, 12);
      same(await used(), [12, 0]);
      const over = await late.lease.extend({ tokens: 90 });
      same([over.applied, over.holds], [true, false]);
      clock.advance(40);
      await later.lease.extend({ tokens: 30 });
      same(await used(), [30, 0]);
      await later.lease.settle();
      clock.advance(100);
      same(await used(), [0, 0]);
    },
  ],
  [
    "takes an id whose lease was released for a new request",
    [rpm, tpm],
    async ({ lease, used }) => {
      const undone = await lease({ tokens: 40 }, "one");
      await undone.lease.release();
      const again = await lease({ tokens: 40 }, "one");
      same([again.replayed, await used()], [false, [1, 40]]);
      await again.lease.extend({ tokens: 5 });
      await again.lease.release();
      is((await lease({ tokens: 40 }, "one")).replayed, true);
      same(await used(), [0, 5]);
    },
  ],
  [
    "keeps a lease alive while it is extended",
    [tpm, inflight],
    async ({ lease, clock, used }) => {
      const granted = await lease({ tokens: 40 });
      for (let beat = 0; beat < 4; beat++) {
        clock.advance(49);
        is((await granted.lease.extend({})).applied, true);
      }
      same(await used(), [0, 1]);
    },
  ],
  [
    "lets an expired lease settle once, while it is remembered",
    [tpm, inflight],
    async ({ lease, clock, used }) => {
      const [late, forgotten] = [await lease({ tokens: 40 }), await lease({ tokens: 40 })];
      clock.advance(60);
      is((await late.lease.settle({ tokens: 30 })).applied, true);
      same(await used(), [30, 0]);
      clock.advance(rememberMs);
      is((await forgotten.lease.settle({ tokens: 30 })).applied, false);
      same(await used(), [0, 0]);
    },
  ],
  [
    "foresees the expiry of leases in retry-after",
    [tpm, inflight],
    async ({ ask, lease, clock }) => {
      const granted = await lease({ tokens: 100 });
      clock.advance(10);
      is(await ask({ tokens: 50 }), "over-limit tpm 40");
      await granted.lease.extend({ tokens: 60 });
      is(await ask({ tokens: 50 }), "over-limit tpm 90");
      clock.advance(50);
      is(await ask({ tokens: 40 }), "allowed");
    },
  ],
  [
    "gives one id one decision, charged once, also at the limit and after it settled",
    [rpm, tpm],
    async ({ ask, lease, used }) => {
      const first = await lease({ requests: 3, tokens: 40 }, "retry-me");
      const again = await lease({ requests: 3, tokens: 40 }, "retry-me");
      same([first.replayed, again.replayed], [false, true]);
      same(await used(), [3, 40]);
      await again.lease.settle({ tokens: 5 });
      is((await first.lease.settle({ tokens: 90 })).applied, false);
      is((await lease({ requests: 3, tokens: 40 }, "retry-me")).replayed, true);
      same(await used(), [3, 5]);
      is(await ask({ tokens: 1 }), "over-limit rpm 100");
    },
  ],
  [
    "refuses an id that comes back with another cost, and changes nothing",
    [tpm],
    async ({ lease, used }) => {
      await lease({ tokens: 40 }, "one");
      is(await codeOf(async () => lease({ tokens: 41 }, "one")), "id-conflict");
      same(await used(), [40]);
    },
  ],
  [
    "forgets a settled id in time",
    [tpm],
    async ({ lease, clock }) => {
      await (await lease({ tokens: 40 }, "one")).lease.settle({ tokens: 1 });
      clock.advance(rememberMs - 1);
      is((await lease({ tokens: 40 }, "one")).replayed, true);
      clock.advance(1);
      is((await lease({ tokens: 40 }, "one")).replayed, false);
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
  [
    "refuses a settlement that would take a count beyond the safe integers, and changes nothing",
    [tpm],
    async ({ lease, used }) => {
      const most = Number.MAX_SAFE_INTEGER;
      const [first, second] = [await lease({ tokens: 1 }), await lease({ tokens: 1 })];
      await first.lease.settle({ tokens: most - 1 });
      is(await codeOf(async () => second.lease.settle({ tokens: 2 })), "invalid-cost");
      is(await codeOf(async () => second.lease.extend({ tokens: most })), "invalid-cost");
      same(await used(), [most]);
      is((await second.lease.settle({ tokens: 1 })).applied, true);
    },
  ],
];
