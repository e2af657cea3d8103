import { createLimiter, slidingWindow } from "@sluice/core";
import { expect, it } from "vitest";

import { tagOf } from "../src/keys.ts";
import { bareStore } from "./bare-store.ts";
import { claimOf } from "./claims.ts";
import { withServer } from "./exact-world.ts";

const world = withServer();
const one = slidingWindow({ name: "one", limit: 1, window: "1h", per: ["user"] });
const two = slidingWindow({ name: "two", limit: 1, window: "1h", per: ["user", "model"] });

const hostile = [
  "{",
  "}",
  "{}",
  "a}b",
  "{a}",
  "*",
  "#",
  "##",
  ":",
  "a:b",
  "1:a|",
  "a b",
  "a\nb",
  "a\0b",
  "\0",
  "é",
  "e\u0301",
  "\ud800",
  "\udc00",
  "\ud801",
  "\u{1f600}",
  "__proto__",
  "constructor",
  "x".repeat(64),
  "x".repeat(65),
  "x".repeat(256),
  "{".repeat(256),
  "sluice:{a}:s:one|requests|user",
  "\r\n$5\r\nhello",
  "ÿ".repeat(256),
];

it("counts every subject apart, whatever characters it has", async () => {
  const limiter = createLimiter({ limits: [one, two], store: bareStore(world.client) });
  for (const user of hostile) {
    for (const model of ["m", user]) {
      const subject = { user, model: model.slice(0, 255) + "|" };
      const { allowed, limits } = await limiter.check(subject, { requests: model === "m" ? 1 : 0 });
      expect([user, allowed, ...limits.map((state) => state.used)]).toEqual([
        user,
        true,
        1,
        model === "m" ? 1 : 0,
      ]);
    }
  }
  expect(new Set(hostile).size).toBe(hostile.length);
});

it("keeps all limits of one subject in one slot, under short and printable keys", async () => {
  await world.client.flushall();
  const limiter = createLimiter({ limits: [one, two], store: bareStore(world.client) });
  for (const user of ["acme", ...hostile]) await limiter.check({ user, model: "small" });
  const keys = await world.client.keys("*");
  expect(keys).toContain("sluice:{acme}:s:one|requests|user");
  expect(keys).toContain("sluice:{acme}:s:two|requests|user|model:4:acme|5:small|");
  expect(keys.filter((key) => !/^sluice:\{[!-z|~]{1,64}\}:s:[!-z|~]{1,200}$/.test(key))).toEqual(
    [],
  );
  const tags = new Set(keys.map((key) => /\{(.+?)\}/.exec(key)?.[1]));
  expect(tags.size).toBe(keys.length / 2);
});

it("has no text that is taken for the digest of another", () => {
  const long = claimOf(one, 1, "x".repeat(65));
  const digest = tagOf(long);
  expect(digest).toMatch(/^#/);
  expect(tagOf(claimOf(one, 1, digest))).not.toBe(digest);
});
