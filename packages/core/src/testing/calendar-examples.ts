import { fixedWindow } from "../algorithms/fixed-window.ts";
import { type Example, is, same } from "./workbench.ts";

const per = ["tenant"];
const limit = 10;
const month = fixedWindow({ name: "month", limit, window: "month", per });
const week = fixedWindow({ name: "week", limit, window: "week", per });
const berlin = fixedWindow({ name: "day", limit, window: "day", timeZone: "Europe/Berlin", per });
const santiago = fixedWindow({
  name: "day",
  limit,
  window: "day",
  timeZone: "America/Santiago",
  per,
});
const tokens = fixedWindow({ name: "tokens", limit, window: "day", unit: "tokens", per });
const hour = 3_600_000;

/** When a day, a week or a month ends, and what a lease that outlives it is charged. */
export const calendarExamples: readonly Example[] = [
  [
    "frees a month's budget when the month ends, also that of a leap February",
    [month],
    async ({ ask, goTo }) => {
      goTo("2024-02-28T12:00:00Z");
      is(await ask({ requests: 10 }), "allowed");
      is(await ask({ requests: 1 }), `over-limit month ${36 * hour}`);
      goTo("2024-02-29T23:59:59.999Z");
      is(await ask({ requests: 1 }), "over-limit month 1");
      goTo("2024-03-01T00:00:00Z");
      is(await ask({ requests: 10 }), "allowed");
      is(await ask({ requests: 1 }), `over-limit month ${31 * 24 * hour}`);
    },
  ],
  [
    "begins a week on Monday, also across the years",
    [week],
    async ({ ask, goTo }) => {
      goTo("2025-12-31T23:00:00Z");
      is(await ask({ requests: 10 }), "allowed");
      is(await ask({ requests: 1 }), `over-limit week ${97 * hour}`);
      goTo("2026-01-05T00:00:00Z");
      is(await ask({ requests: 10 }), "allowed");
    },
  ],
  [
    "has a day of 23 hours when the clocks go forward",
    [berlin],
    async ({ ask, goTo, clock }) => {
      goTo("2025-03-29T23:00:00Z");
      is(await ask({ requests: 10 }), "allowed");
      is(await ask({ requests: 1 }), `over-limit day ${23 * hour}`);
      clock.advance(23 * hour - 1);
      is(await ask({ requests: 1 }), "over-limit day 1");
      clock.advance(1);
      is(await ask({ requests: 10 }), "allowed");
      is(await ask({ requests: 1 }), `over-limit day ${24 * hour}`);
    },
  ],
  [
    "has a day of 25 hours when the clocks go back",
    [berlin],
    async ({ ask, goTo, clock }) => {
      goTo("2025-10-25T22:00:00Z");
      is(await ask({ requests: 10 }), "allowed");
      clock.advance(24 * hour);
      is(await ask({ requests: 1 }), `over-limit day ${hour}`);
      clock.advance(hour);
      is(await ask({ requests: 10 }), "allowed");
    },
  ],
  [
    "begins a day that has no midnight at its first instant, and counts an hour that comes twice once",
    [santiago],
    async ({ ask, goTo }) => {
      goTo("2025-04-05T03:00:00Z");
      is(await ask({ requests: 10 }), "allowed");
      is(await ask({ requests: 1 }), `over-limit day ${25 * hour}`);
      goTo("2025-09-06T04:00:00Z");
      is(await ask({ requests: 10 }), "allowed");
      is(await ask({ requests: 1 }), `over-limit day ${24 * hour}`);
      goTo("2025-09-07T04:00:00Z");
      is(await ask({ requests: 10 }), "allowed");
      is(await ask({ requests: 1 }), `over-limit day ${23 * hour}`);
    },
  ],
  [
    "charges an overage to the period of the settlement, and drops a refund, once that of the reservation has ended",
    [tokens],
    async ({ lease, goTo, used }) => {
      goTo("2025-05-31T23:59:00Z");
      const [over, under] = [await lease({ tokens: 5 }), await lease({ tokens: 5 })];
      same(await used(), [10]);
      goTo("2025-06-01T00:00:00Z");
      same(await used(), [0]);
      await over.lease.settle({ tokens: 7 });
      await under.lease.settle({ tokens: 1 });
      same(await used(), [2]);
    },
  ],
];
