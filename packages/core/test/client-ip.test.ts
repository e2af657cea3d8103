import { clientIp } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("clientIp", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["0.0.0.0", "0.0.0.0"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["2001:db8::1:2:3:4", "2001:db8:0:0::/64"],
    ["1:2:3::8", "1:2:3:0::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["::2:3:4:5:6:7:8", "0:2:3:4::/64"],
    ["64:ff9b::1.2.3.4", "64:ff9b:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["1.2.3.4:5678", "1.2.3.4"],
    ["[2001:db8::1]:443", "2001:db8:0:0::/64"],
    ["[::ffff:1.2.3.4]", "1.2.3.4"],
    ["1.2.3.4::", "1.2.3.4::"],
    ["::ffff:102:304", "1.2.3.4"],
    ["::FFFF:255.254.253.252", "255.254.253.252"],
    ["0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"],
    ["0000:0000:0000:0000:0000:ffff:0102:0304", "1.2.3.4"],
    ["::ffff:1.2.3.4%eth0", "1.2.3.4"],
    ["::ffff:10.20.30.40", "10.20.30.40"],
    ["::ffff:01.2.3.004", "1.2.3.4"],
    ["::ffff:0.0.0.0", "0.0.0.0"],
    ["::ffff:1.2.3.256", "::ffff:1.2.3.256"],
    ["::ffff:1.2.3", "::ffff:1.2.3"],
    ["::ffff:1.2.3.", "::ffff:1.2.3."],
    ["::ffff:1.2.3.4.5", "::ffff:1.2.3.4.5"],
    ["::ffff:0:1.2.3.4", "0:0:0:0::/64"],
    ["1::ffff:1.2.3.4", "1:0:0:0::/64"],
  ])("of %s is %s", (address, expected) => {
    expect(clientIp(address)).toBe(expected);
  });

  it("is the same for all addresses of one /64, and another beside it", () => {
    expect(clientIp("2001:db8:0:1::a")).toBe(clientIp("2001:db8::1:ffff:0:0:1"));
    expect(clientIp("2001:db8:0:1::a")).not.toBe(clientIp("2001:db8:0:2::a"));
  });

  it.each([[undefined], [""]])("of %o is unknown", (address) => {
    expect(clientIp(address)).toBe("unknown");
  });

  it.each([
    ":::",
    ":",
    "1:",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "1::2::3",
    "12345::",
    "g::",
    "::1.2.3",
    "::1.2.3.256",
    "::1.2.3.4.5",
    "::1.2.3.4:5",
    "%eth0",
    "localhost",
    "203.0.113.7, 10.0.0.1",
  ])("leaves %j as it is, which is no address", (junk) => {
    expect(clientIp(junk)).toBe(junk);
  });

  it("cuts what is too long for an address at 64 characters", () => {
    expect(clientIp("x".repeat(1_000_000))).toBe("x".repeat(64));
    expect(clientIp(`::1%${"z".repeat(60)}`)).toBe("0:0:0:0::/64");
    expect(clientIp(`::1%${"z".repeat(61)}`)).toBe(`::1%${"z".repeat(60)}`);
  });

  it("gives for any text a value that a subject may have", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(":", "::", "f", "0", ".", "255", "%"), maxLength: 40 }),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(text, (address) => {
        const { length } = clientIp(address);
        expect(length).toBeGreaterThan(0);
        expect(length).toBeLessThanOrEqual(64);
      }),
      { numRuns: 300 },
    );
  });

  it("is the /64 of any IPv6 address in its shortest or longest spelling", () => {
    const group = fc.integer({ min: 1, max: 0xff_ff }).map((value) => value.toString(16));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const network = `${groups.slice(0, 4).join(":")}::/64`;
        expect(clientIp(groups.join(":"))).toBe(network);
        expect(clientIp(groups.map((part) => part.padStart(4, "0")).join(":"))).toBe(network);
        expect(clientIp(`${groups.slice(0, 4).join(":")}::${groups[7]}`)).toBe(network);
      }),
    );
  });
});
