import type { Kit, Scenario } from "../side.ts";

/** A rate limit as Cloudflare has it, of so many in all. */
function binding({ note }: Kit, most: number, isPromised = true) {
  let used = 0;
  return {
    limit({ key }: { key: string }) {
      note("limit", key);
      const answer = { success: ++used <= most };
      return isPromised ? Promise.resolve(answer) : answer;
    },
  };
}

const isDown = async (): Promise<never> => Promise.reject(new Error("the edge is down"));
const all = { keyGenerator: () => "all" };

/** A Cloudflare rate limit decides. */
export const bindings: readonly Scenario[] = [
  {
    title: "a binding",
    app(app, kit) {
      app.use(kit.rateLimiter({ binding: binding(kit, 2), ...all }));
    },
    asks: [{ times: 3 }],
  },
  {
    title: "a binding that answers at once",
    app(app, kit) {
      app.use(kit.rateLimiter({ binding: binding(kit, 1, false), ...all }));
    },
    asks: [{ times: 2 }],
  },
  {
    title: "a binding by the request",
    app(app, kit) {
      const [one, other] = [binding(kit, 1), binding(kit, 2)];
      app.use(kit.rateLimiter({ binding: (c) => (c.req.path === "/a" ? one : other), ...all }));
    },
    asks: [
      { path: "/a", times: 2 },
      { path: "/b", times: 3 },
    ],
  },
  {
    title: "a binding with a message, a status and a key",
    app(app, kit) {
      app.use(
        kit.rateLimiter({
          binding: binding(kit, 0),
          message: { error: "edge" },
          statusCode: 503,
          keyGenerator: async (c) => c.req.path,
        }),
      );
    },
    asks: [{ path: "/a" }],
  },
  {
    title: "a binding with a promised message",
    app(app, kit) {
      app.use(kit.rateLimiter({ binding: binding(kit, 0), message: async () => "later", ...all }));
    },
    asks: [{}],
  },
  {
    title: "a binding with a handler, which is told the options",
    app(app, kit) {
      app.use(
        kit.rateLimiter({
          binding: binding(kit, 0),
          ...all,
          handler: (c, _next, used) => c.json(Object.keys(used), 418),
        }),
      );
    },
    asks: [{}],
  },
  {
    title: "a binding that a request skips",
    app(app, kit) {
      app.use(
        kit.rateLimiter({ binding: binding(kit, 0), skip: (c) => c.req.path === "/a", ...all }),
      );
    },
    asks: [{ path: "/a" }, { path: "/b" }],
  },
  {
    title: "a binding that fails",
    app(app, { rateLimiter }) {
      app.use(rateLimiter({ binding: { limit: isDown }, ...all }));
    },
    asks: [{}],
  },
  {
    title: "a binding that is undefined is none",
    app(app, { rateLimiter }) {
      app.use(rateLimiter({ binding: undefined, limit: 1, ...all } as never));
    },
    asks: [{ times: 2 }],
  },
];
