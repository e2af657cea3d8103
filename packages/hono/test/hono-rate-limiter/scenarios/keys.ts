import type { Ask, Options, Scenario } from "../side.ts";

const byKey: Options = { limit: 1, keyGenerator: (c) => c.req.header("x-key") ?? "none" };
const as = (name: string, more: Ask = {}): Ask => ({ ...more, headers: { "x-key": name } });

/** Who a client is; its address, as whoever wants it asks for it. */
export const keys: readonly Scenario[] = [
  {
    title: "each client has a window of its own",
    options: () => ({ ...byKey, windowMs: 1_000 }),
    asks: [
      as("a"),
      as("b", { after: 600 }),
      as("a", { after: 399 }),
      as("a", { after: 1 }),
      as("b"),
    ],
  },
  {
    title: "keys that are names of an object's own things",
    options: () => byKey,
    asks: [as("__proto__", { times: 2 }), as("constructor", { times: 2 }), as("toString")],
  },
  {
    title: "a key of many characters",
    options: () => byKey,
    asks: [as("k".repeat(2_000), { times: 2 }), as("k".repeat(1_999))],
  },
  {
    title: "an empty key",
    options: () => ({ limit: 1, keyGenerator: () => "" }),
    asks: [{ times: 2 }],
  },
  {
    title: "a promised key",
    options: () => ({ limit: 1, keyGenerator: async (c) => c.req.path }),
    asks: [{ path: "/a", times: 2 }, { path: "/b" }],
  },
  {
    title: "no key at all",
    options: () => ({ limit: 1, keyGenerator: () => undefined as unknown as string }),
    asks: [{ times: 2 }],
  },
  {
    title: "a key that is a number",
    options: () => ({ limit: 1, keyGenerator: () => 7 as unknown as string }),
    asks: [{ times: 2 }],
  },
  {
    title: "no keyGenerator",
    options: () => ({ keyGenerator: undefined }) as unknown as Options,
    asks: [{}],
  },
  {
    title: "the address of the connection",
    options: () => ({ limit: 1, keyGenerator: (c) => c.env.incoming.socket.remoteAddress ?? "" }),
    asks: [{ times: 2 }],
  },
  ...(
    [
      ["IPv4", "192.0.2.1", "192.0.2.2"],
      ["IPv6", "2001:db8::1", "2001:db8::2"],
      ["IPv4 within IPv6", "::ffff:192.0.2.1", "192.0.2.1"],
      ["a list of proxies", "192.0.2.1, 10.0.0.1", "192.0.2.1, 10.0.0.2"],
    ] as const
  ).map(([what, one, other]): Scenario => ({
    title: `a forwarded address, ${what}`,
    options: () => ({ limit: 1, keyGenerator: (c) => c.req.header("x-forwarded-for") ?? "" }),
    asks: [one, other, one].map((address) => ({ headers: { "x-forwarded-for": address } })),
  })),
  {
    title: "a parameter of the path",
    app(app, { rateLimiter }) {
      app.use("/of/:who", rateLimiter({ limit: 1, keyGenerator: (c) => c.req.param("who") ?? "" }));
    },
    asks: [{ path: "/of/a", times: 2 }, { path: "/of/b" }, { path: "/other" }],
  },
];
