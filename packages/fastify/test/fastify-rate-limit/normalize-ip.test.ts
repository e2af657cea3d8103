import { normalizeIP } from "@sluice/fastify/fastify-rate-limit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { theirs } from "./plugins.ts";

const group = fc.oneof(
  fc.constantFrom("0", "0000", "1", "ffff", "FFFF", "00ab"),
  fc.integer({ min: 0, max: 0xff_ff }).map((value) => value.toString(16)),
);
const groups = (least: number, most: number): fc.Arbitrary<string> =>
  fc.array(group, { minLength: least, maxLength: most }).map((all) => all.join(":"));

/** In full, with zeros left out, mapped from IPv4, and with a zone. */
const address = fc.oneof(
  fc.ipV6(),
  groups(8, 8),
  fc.tuple(groups(0, 3), groups(0, 4)).map((halves) => halves.join("::")),
  fc.ipV4().map((ip) => `::ffff:${ip}`),
  fc.ipV4().map((ip) => `64:FF9B::${ip}`),
  fc.tuple(groups(8, 8), fc.constantFrom("eth0", "1")).map(([ip, zone]) => `${ip}%${zone}`),
);

describe("normalizeIP", () => {
  it("says of any address of IPv6, in any spelling, what theirs says", () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 128 }), (ip, subnet) => {
        expect(normalizeIP(ip, subnet)).toBe(theirs.normalizeIP(ip, subnet));
      }),
      { numRuns: 2_000 },
    );
  });

  it("says of anything else what theirs says", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.string(), fc.domain()), (text) => {
        expect(normalizeIP(text)).toBe(theirs.normalizeIP(text));
      }),
    );
  });
});
