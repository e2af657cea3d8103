import { concurrency } from "../algorithms/concurrency.ts";
import { slidingWindow } from "../algorithms/sliding-window.ts";
import { codeOf, type Example, is, rememberMs, same } from "./workbench.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per });

const silent = { addEventListener: () => {}, removeEventListener: () => {} };

/** What a lease is charged while it lives, when it is settled, and when it expires. */
export const leaseExamples: readonly Example[] = [
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
  [
    "throws the reason of a signal that has aborted, and charges nothing",
    [tpm, inflight],
    async ({ lease, used }) => {
      const reason = new Error("gone");
      const signal = { ...silent, aborted: true, reason };
      const told = await lease({ tokens: 40 }, { signal }).catch((error: unknown) => error);
      is(told === reason, true);
      same(await used(), [0, 0]);
    },
  ],
];
