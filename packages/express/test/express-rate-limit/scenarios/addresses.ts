import type { Ask, Scenario } from "../side.ts";

const from = (address: string, more: Ask = {}): Ask => ({
  ...more,
  headers: { "x-forwarded-for": address },
});

const behindOne = { trustProxy: 1 } as const;

const pairs: readonly [string, string, string][] = [
  ["IPv4 addresses", "192.0.2.1", "192.0.2.2"],
  ["IPv6 addresses of one /56", "2001:db8:0:aa00::1", "2001:db8:0:aaff:1:2:3:4"],
  ["IPv6 addresses of two /56", "2001:db8:0:aa00::1", "2001:db8:0:ab00::1"],
  ["spellings of one IPv6 address", "2001:DB8::00A1", "2001:db8:0:0:0:0:0:a1"],
  ["an IPv4 address and the IPv6 one that maps it", "192.0.2.1", "::ffff:192.0.2.1"],
  ["spellings of one mapped address", "::ffff:192.0.2.1", "::ffff:c000:201"],
  ["the long spelling of a mapped address", "0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
  ["two mapped addresses", "::ffff:192.0.2.1", "::ffff:192.0.2.2"],
  ["IPv4-compatible addresses", "::192.0.2.1", "192.0.2.1"],
  ["compatible addresses in hexadecimal", "::c000:201", "::c000:202"],
  ["loopback and nothing", "::1", "::"],
  ["link-local addresses", "fe80::1", "fe80::2"],
  ["addresses with zones", "fe80::1%eth0", "fe80::1%eth1"],
  ["6to4 and Teredo", "2002:c000:201::1", "2001:0:c000:201::1"],
  ["translated addresses", "64:ff9b::192.0.2.1", "64:ff9b::192.0.2.2"],
];

/** Who a client is. */
export const addresses: readonly Scenario[] = [
  ...pairs.map(([title, one, other]): Scenario => ({
    title: `${title} by default`,
    ...behindOne,
    options: () => ({ limit: 1, standardHeaders: "draft-8" }),
    asks: [from(one), from(other), from(one)],
  })),
  ...([32, 48, 50, 52, 60, 63, 64, 128, 1, false] as const).map((ipv6Subnet): Scenario => ({
    title: `an ipv6Subnet of ${ipv6Subnet}`,
    ...behindOne,
    options: () => ({ limit: 1, ipv6Subnet, standardHeaders: "draft-8" }),
    asks: [
      from("2001:db8:1234:5678:9abc:def0:1234:5678"),
      from("2001:db8:1234:5678:9abc:def0:1234:5679"),
      from("2001:db8:1234:5679::"),
      from("2001:db8:1235::"),
      from("2001:db9::"),
      from("192.0.2.1"),
    ],
  })),
  {
    title: "an ipv6Subnet by the request",
    ...behindOne,
    options: ({ note }) => ({
      limit: 1,
      ipv6Subnet: (req) => {
        note("asked", req.ip);
        return req.path === "/wide" ? 48 : 64;
      },
    }),
    asks: [from("2001:db8::1"), from("2001:db8::2", { path: "/wide" }), from("192.0.2.1")],
  },
  {
    title: "an ipv6Subnet that is promised, and out of range",
    ...behindOne,
    options: () => ({ limit: 1, ipv6Subnet: async () => 72 }),
    asks: [from("2001:db8::1"), from("2001:db8::ff:2"), from("2001:db8::ff:2")],
  },
  ...([0, 31, 65, 129, 56.5, "56", null] as const).map((ipv6Subnet): Scenario => ({
    title: `an ipv6Subnet of ${JSON.stringify(ipv6Subnet)}, which is warned of`,
    options: () => ({ ipv6Subnet: ipv6Subnet as number }),
    asks: [{}],
  })),
  {
    title: "an ipv6Subnet beside a keyGenerator is warned of",
    options: () => ({ ipv6Subnet: 48, keyGenerator: () => "all" }),
    asks: [{}],
  },
  {
    title: "a keyGenerator of the package's own helper",
    ...behindOne,
    options: ({ ipKeyGenerator }) => ({
      limit: 1,
      keyGenerator: (req) => ipKeyGenerator(req.ip ?? "", 48),
    }),
    asks: [from("2001:db8::1"), from("2001:db8:0:ff::1"), from("192.0.2.1")],
  },
  {
    title: "a keyGenerator that takes an address as it is, is warned of",
    options: () => ({ keyGenerator: (req) => req.ip ?? "" }),
    asks: [{}],
  },
  {
    title: "a keyGenerator that spells request out",
    options: () => ({ keyGenerator: async (request) => request.ip ?? "" }),
    asks: [{}],
  },
  {
    title: "a keyGenerator that promises",
    options: () => ({ limit: 1, keyGenerator: async (req) => req.get("x-key") ?? "none" }),
    asks: [{ headers: { "x-key": "a" }, times: 2 }, { headers: { "x-key": "b" } }],
  },
  {
    title: "a forwarded address that nobody asked for",
    options: () => ({ limit: 2 }),
    asks: [from("192.0.2.1"), from("192.0.2.2"), from("192.0.2.3")],
  },
  {
    title: "every proxy trusted",
    trustProxy: true,
    options: () => ({ limit: 1 }),
    asks: [from("192.0.2.1", { times: 2 }), from("192.0.2.2")],
  },
  {
    title: "proxies trusted by number",
    trustProxy: 2,
    options: () => ({ limit: 1 }),
    asks: [from("192.0.2.9, 192.0.2.1, 10.0.0.1"), from("192.0.2.8, 192.0.2.1, 10.0.0.2")],
  },
  {
    title: "proxies trusted by network",
    trustProxy: "loopback, 10.0.0.0/8",
    options: () => ({ limit: 1 }),
    asks: [from("192.0.2.1, 10.0.0.1"), from("192.0.2.1, 10.9.9.9"), from("192.0.2.2")],
  },
  {
    title: "proxies trusted by a function",
    trustProxy: (address: string) => address === "127.0.0.1",
    options: () => ({ limit: 1 }),
    asks: [from("192.0.2.1, 192.0.2.2"), from("192.0.2.1, 192.0.2.3")],
  },
  {
    title: "a Forwarded header that nobody reads",
    options: () => ({ limit: 1 }),
    asks: [{ headers: { forwarded: "for=192.0.2.1" }, times: 2 }],
  },
  {
    title: "a Forwarded header beside a forwarded address",
    ...behindOne,
    asks: [{ headers: { forwarded: "for=192.0.2.1", "x-forwarded-for": "192.0.2.1" } }],
  },
  {
    title: "an address with a port",
    ...behindOne,
    options: () => ({ limit: 1 }),
    asks: [from("192.0.2.1:4711"), from("192.0.2.1:4712")],
  },
  {
    title: "an address that is none",
    ...behindOne,
    options: () => ({ limit: 1 }),
    asks: [from("unknown", { times: 2 })],
  },
  {
    title: "no address at all",
    app(app, { rateLimit, logger }) {
      app.use((req, _res, next) => {
        Object.defineProperty(req, "ip", { value: undefined });
        next();
      });
      app.use(rateLimit({ limit: 1, logger }));
    },
    asks: [{ times: 2 }],
  },
  {
    title: "a client of IPv6 loopback",
    host: "::1",
    options: () => ({ limit: 1 }),
    asks: [{ times: 2 }],
  },
  {
    title: "a client of IPv4 on a socket for both",
    host: "::",
    options: () => ({ limit: 1, standardHeaders: "draft-8" }),
    asks: [{ times: 2 }],
  },
];
