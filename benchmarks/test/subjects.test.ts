import { expect, it } from "vitest";

import { oneKey, uniformKeys } from "../src/key-order.ts";
import { fewKeysSubjects, subjects } from "../src/memory/subjects/index.ts";

it.each(fewKeysSubjects)("$name admits what its limit allows, timed or not", async (subject) => {
  const untimed = subject.open({ limit: 100, keys: 1 });
  expect(await untimed.loop.run(oneKey(250))).toBe(100);
  untimed.close();
  const timed = subject.open({ limit: 100, keys: 1 });
  const samples = new Float64Array(250);
  expect(await timed.loop.runTimed(oneKey(250), samples)).toBe(100);
  expect(samples.every((ns) => ns >= 0)).toBe(true);
  timed.close();
});

it.each(subjects)("$name counts keys apart", async (subject) => {
  const opened = subject.open({ limit: 100, keys: 50 });
  expect(await opened.loop.run(uniformKeys(50, 1000, 1))).toBe(1000);
  opened.close();
});

it.each(fewKeysSubjects.filter(({ weighs }) => weighs))("$name weighs", async (subject) => {
  const opened = subject.open({ limit: 7_050, keys: 1, weighs: true });
  // The first eight requests cost that much together; the next would be one more, of 412.
  expect(await opened.loop.run(oneKey(9))).toBe(8);
  opened.close();
});
