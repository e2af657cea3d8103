import { ipKeyGenerator } from "@sluice/express/express-rate-limit";
import { ipKeyGenerator as theirs } from "express-rate-limit";
import fc from "fast-check";
import { expect, it } from "vitest";

const mask = fc.oneof(
  fc.integer({ min: 0, max: 128 }),
  fc.constantFrom<(number | false)[]>(56, 64, 48, false),
);
// Runs of zeros, whose shortest spelling there is most to say about.
const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xff_ff }));
const sparse = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((one) => one.toString(16)).join(":"));

it.each([
  ["an IPv6 address", fc.ipV6()],
  ["an IPv6 address with many zeros", sparse],
  ["an IPv4 address", fc.ipV4()],
  ["an IPv4 address within IPv6", fc.ipV4().map((ip) => `::ffff:${ip}`)],
  ["an IPv4 address at the end of IPv6", fc.ipV4().map((ip) => `64:ff9b::${ip}`)],
  ["what is no address", fc.string()],
])("the key of %s is theirs, to the letter", (_, address) => {
  fc.assert(
    fc.property(address, mask, (ip, subnet) => {
      expect(ipKeyGenerator(ip, subnet)).toBe(theirs(ip, subnet));
    }),
    { numRuns: 2_000 },
  );
});
