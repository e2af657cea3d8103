import { createLimiter, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { expect, it } from "vitest";

import { bareStore } from "./bare-store.ts";
import { withServer } from "./exact-world.ts";

const world = withServer();
const per = ["tenant"];
const acme = { tenant: "acme" };

it.each([
  { what: "requests", cost: (): number => 1, most: 600 },
  { what: "tokens", cost: (index: number): number => 400 + index * 7, most: 1_000 },
  { what: "tokens by the million", cost: (index: number): number => 70_000 + index, most: 1_000 },
])("keeps a full window of 100 $what in $most bytes", async ({ cost, most }) => {
  await world.client.flushall();
  const clock = manualClock(1_790_000_000_000);
  const limit = slidingWindow({
    name: "tpm",
    limit: 100_000_000,
    window: "1m",
    unit: "tokens",
    per,
  });
  const limiter = createLimiter({ limits: [limit], store: bareStore(world.client, { clock }) });
  for (let index = 0; index < 100; index++) {
    await limiter.check(acme, { tokens: cost(index) });
    clock.advance(590);
  }
  const [key = ""] = await world.client.keys("*");
  expect(await world.client.memory("USAGE", key)).toBeLessThanOrEqual(most);
});
