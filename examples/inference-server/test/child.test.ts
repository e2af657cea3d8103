import { expect, it } from "vitest";

import { startChild } from "../src/child.ts";

it("a child that is stopped has reported all that happened", async () => {
  const ids: number[] = [];
  const child = await startChild("../test/chatty-child.ts", { events: 5_000 }, (events) => {
    for (const event of events) if (event.type === "ended") ids.push(event.id);
  });
  await child.stop();
  expect(ids).toEqual(Array.from({ length: 5_000 }, (_, id) => id));
});

it("a child that is gone is no trouble to stop", async () => {
  const child = await startChild("../test/chatty-child.ts", { events: 0 });
  await child.stop();
  await expect(child.stop()).resolves.toBeUndefined();
});
