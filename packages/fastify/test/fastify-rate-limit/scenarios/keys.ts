import type { InjectOptions } from "fastify";

import type { Scenario } from "../scenario.ts";

const from = (...addresses: string[]): InjectOptions[] =>
  addresses.map((remoteAddress) => ({ url: "/", remoteAddress }));
const forwarded = (...chains: string[]): InjectOptions[] =>
  chains.map((chain) => ({ url: "/", headers: { "x-forwarded-for": chain } }));
const keyed = (...names: string[]): InjectOptions[] =>
  names.map((name) => ({ url: "/", headers: { "x-key": name } }));

/** Two that are one client, and a third that is another. */
const clients = (title: string, ...addresses: string[]): Scenario => ({
  title,
  options: ({ tell }) => ({ max: 1, onExceeding: tell("passes"), onExceeded: tell("exceeds") }),
  steps: from(...addresses),
});

/** Who is counted. */
export const keys: readonly Scenario[] = [
  clients("two addresses of IPv4", "192.0.2.1", "192.0.2.2", "192.0.2.1"),
  clients("IPv4 and what is mapped to it", "192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"),
  clients("what is mapped, in capitals", "::FFFF:192.0.2.1", "192.0.2.1"),
  clients("one subnet of 64 bits", "2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"),
  clients("one address in two spellings", "2001:0DB8:0000:0000::0001", "2001:db8::1"),
  clients("zeros in the middle", "2001:db8:0:0:1::", "2001:db8::1:0:0:0", "2001:0:0:1::"),
  clients("the loopback address of both kinds", "::1", "127.0.0.1", "::ffff:127.0.0.1"),
  clients("the address of none", "::", "::1", "0.0.0.0"),
  clients("a link-local address with a zone", "fe80::1%eth0", "fe80::2%eth0", "fe80::1%eth1"),
  clients("what is compatible with IPv4 but not mapped", "::192.0.2.1", "192.0.2.1"),
  clients("what is translated from IPv4", "64:ff9b::192.0.2.1", "64:ff9b::198.51.100.1"),
  clients("no address at all, but a name", "Unix", "unix", "other"),
  ...[0, 1, 32, 48, 56, 63, 65, 96, 127, 128].map((ipv6Subnet): Scenario => ({
    title: `a subnet of ${ipv6Subnet} bits`,
    options: ({ tell }) => ({
      max: 1,
      ipv6Subnet,
      onExceeding: tell("passes"),
      onExceeded: tell("exceeds"),
    }),
    steps: from(
      "2001:db8:a:b:c:d:e:f",
      "2001:db8:a:b:c:d:e:e",
      "2001:db8:a:c::",
      "3ffe::1",
      "192.0.2.1",
    ),
  })),
  ...[-1, 129, 56.7, Number.NaN, Infinity].map((ipv6Subnet): Scenario => ({
    title: `a subnet of ${ipv6Subnet} bits, which there is not`,
    options: ({ tell }) => ({ max: 1, ipv6Subnet, onExceeding: tell("passes") }),
    steps: from("2001:db8:a:bcff:c:d:e:f"),
  })),
  {
    title: "a forwarded address that nobody trusts",
    options: { max: 1 },
    steps: forwarded("192.0.2.1", "192.0.2.2"),
  },
  {
    title: "a forwarded address that is trusted",
    server: { trustProxy: true },
    options: ({ tell }) => ({ max: 1, onExceeding: tell("passes") }),
    steps: forwarded("192.0.2.1", "192.0.2.2", "192.0.2.1, 10.0.0.1", "::ffff:192.0.2.1"),
  },
  {
    title: "a chain of which one is trusted",
    server: { trustProxy: 1 as never },
    options: ({ tell }) => ({ max: 1, onExceeding: tell("passes") }),
    steps: forwarded(
      "192.0.2.1, 198.51.100.1",
      "192.0.2.9, 198.51.100.1",
      "192.0.2.1, 198.51.100.2",
    ),
  },
  {
    title: "a chain behind a proxy of one network",
    server: { trustProxy: "127.0.0.1,10.0.0.0/8" },
    options: ({ tell }) => ({ max: 1, onExceeding: tell("passes") }),
    steps: forwarded(
      "192.0.2.1, 10.1.2.3",
      "203.0.113.1, 192.0.2.1, 10.1.2.3",
      "192.0.2.2, 10.1.2.3",
    ),
  },
  {
    title: "a forwarded address that is none",
    server: { trustProxy: true },
    options: ({ tell }) => ({ max: 1, onExceeding: tell("passes"), onExceeded: tell("exceeds") }),
    steps: forwarded("Nobody", "nobody", "2001:db8::1%x"),
  },
  {
    title: "a key of one's own",
    options: { max: 1, keyGenerator: ({ headers }) => String(headers["x-key"]) },
    steps: [...keyed("a", "b", "a")],
  },
  {
    title: "a key that is looked up",
    options: ({ tell }) => ({
      max: 1,
      keyGenerator: async () => "all",
      onExceeded: tell("exceeds"),
    }),
    steps: from("192.0.2.1", "192.0.2.2"),
  },
  {
    title: "a key that is a number",
    options: ({ tell }) => ({
      max: 1,
      keyGenerator: () => 7,
      onExceeding: tell("passes"),
      onExceeded: tell("exceeds"),
    }),
    steps: [2],
  },
  { title: "a key that is empty", options: { max: 1, keyGenerator: () => "" }, steps: [2] },
  {
    title: "a key that there is not",
    options: () => ({ max: 1, keyGenerator: () => undefined }),
    steps: [2],
  },
  {
    title: "keys that are names of what every object has",
    options: { max: 1, keyGenerator: ({ headers }) => String(headers["x-key"]) },
    steps: keyed("__proto__", "constructor", "toString", "__proto__"),
  },
  {
    title: "a key that is very long",
    options: { max: 1, keyGenerator: () => "k".repeat(5_000) },
    steps: [2],
  },
  {
    title: "a key generator that is none",
    options: () => ({ max: 1, keyGenerator: "ip" }),
    steps: [2],
  },
  {
    title: "a key generator that throws",
    options: {
      keyGenerator: () => {
        throw new Error("no key");
      },
    },
    steps: [1],
  },
  {
    title: "a key generator that rejects with a status",
    options: {
      keyGenerator: async () => {
        throw Object.assign(new Error("who"), { statusCode: 401 });
      },
    },
    steps: [1],
  },
  {
    title: "a list of those that always pass",
    options: { max: 1, allowList: ["127.0.0.1"] },
    steps: [3, ...from("192.0.2.1", "192.0.2.1")],
  },
  {
    title: "a list that has the address in another spelling",
    options: { max: 1, allowList: ["::ffff:127.0.0.1"] },
    steps: [2],
  },
  {
    title: "a list that is false",
    options: () => ({ max: 1, allowList: false }),
    steps: [2],
  },
  {
    title: "a list that has a number as a text",
    options: { max: 1, keyGenerator: () => 7, allowList: ["7"] },
    steps: [2],
  },
  {
    title: "a list that has a subnet",
    options: { max: 1, allowList: ["2001:db8::"] },
    steps: from("2001:db8::1", "2001:db8::2"),
  },
  { title: "an empty list", options: { max: 1, allowList: [] }, steps: [2] },
  {
    title: "a function that lets pass",
    options: { max: 1, allowList: ({ headers }, key) => headers["x-key"] === `${key}!` },
    steps: [...keyed("127.0.0.1!", "127.0.0.1!"), 2],
  },
  {
    title: "a function that lets pass later",
    options: { max: 1, allowList: async () => true },
    steps: [2],
  },
  {
    title: "a function that answers what is nearly true",
    options: () => ({ max: 1, allowList: () => 1 }),
    steps: [2],
  },
  {
    title: "a function that lets pass and throws",
    options: {
      allowList: () => {
        throw new Error("no list");
      },
    },
    steps: [1],
  },
  {
    title: "a function that lets pass and rejects",
    options: {
      allowList: async () => {
        throw new Error("no list");
      },
    },
    steps: [1],
  },
];
