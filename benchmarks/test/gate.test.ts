import { expect, it } from "vitest";

import { lostOf, runGate } from "../src/gate/gate.ts";
import { type Change, slowerPackages } from "./slower-packages.ts";

it("lets the code through as it is, on a machine that is busy", async () => {
  const ratios = await runGate();
  expect(ratios.length).toBeGreaterThan(9);
  expect(lostOf(ratios)).toEqual([]);
});

interface Injected extends Change {
  readonly what: string;
  readonly race: string;
}

const injected: readonly Injected[] = [
  {
    what: "a hash that takes twice as long",
    race: "hash of a key",
    file: "core/src/store/hash.ts",
    from: /export function (absorb|finish)\((.*)\): void \{/g,
    to: "export function $1(...all) { $1Once(...all); $1Once(...all); }\nfunction $1Once($2): void {",
  },
  {
    what: "a check that is made twice",
    race: "check, one key",
    file: "core/src/limiter.ts",
    from: /export function createLimiter</,
    to: `export function createLimiter(options) {
  const limiter = createOnce(options);
  const check = (subject, cost) => (limiter.check(subject, cost), limiter.check(subject, cost));
  return { ...limiter, check };
}
function createOnce<`,
  },
  {
    what: "a memory of refusals that forgets them",
    race: "Redis: a refusal that is remembered",
    file: "redis/src/deny-cache.ts",
    from: /refusals\.find\(claims, now\)/g,
    to: "undefined",
  },
  {
    what: "a share that is not used",
    race: "Redis: a check out of a leased share",
    file: "redis/src/redis-store.ts",
    from: "const shared = sharing &&",
    to: "const shared = undefined &&",
  },
];

it.each(injected)("catches $what", async ({ race, ...change }) => {
  const { packages, remove } = slowerPackages(change);
  try {
    const ratios = await runGate({ packages, names: [race] });
    expect(lostOf(ratios).map(({ name }) => name)).toEqual([race]);
  } finally {
    remove();
  }
});
