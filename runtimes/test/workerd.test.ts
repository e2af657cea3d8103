import { expect, it } from "vitest";

import { limiterBehaviour } from "./expected.ts";
import { workerOf } from "./workerd.ts";

it("workerd serves a worker whose limiter was made at start-up, limits exactly, and remembers between requests", async (context) => {
  const url = await workerOf(context, "workerd", 'export { default } from "./src/worker.ts"');
  expect(await (await fetch(`${url}facts`)).json()).toEqual({
    ...limiterBehaviour,
    hasDispose: true,
  });
  const statuses = [];
  for (let asked = 0; asked < 3; asked++) statuses.push((await fetch(url)).status);
  expect(statuses).toEqual([204, 204, 429]);
});
