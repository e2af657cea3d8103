import { slidingWindow } from "../algorithms/sliding-window.ts";
import { codeOf, type Example, is, rememberMs, same } from "./workbench.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });

/** What one id for several requests comes to. */
export const idExamples: readonly Example[] = [
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
];
