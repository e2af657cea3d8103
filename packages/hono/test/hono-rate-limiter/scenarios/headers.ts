import type { Options, Scenario } from "../side.ts";
import { otherStore } from "../stores.ts";

const forms = ["draft-6", "draft-7", true, false, undefined, "draft-8", "draft-99", "", 1, null];
const windowsMs = [1, 250, 999, 1_000, 1_001, 1_500, 60_000, 90_000, 3_600_000, 2_000_000_000];

/** What the headers say, in every form. */
export const headers: readonly Scenario[] = [
  ...forms.map((standardHeaders): Scenario => ({
    title: `standardHeaders: ${JSON.stringify(standardHeaders)}, as a window passes`,
    options: () => ({ limit: 2, windowMs: 10_000, standardHeaders }) as Options,
    asks: [{}, { after: 1_234 }, { after: 4_000 }, { after: 4_765 }, { after: 1 }],
  })),
  ...forms.slice(0, 4).map((standardHeaders): Scenario => ({
    title: `standardHeaders: ${JSON.stringify(standardHeaders)}, from a store that tells no time`,
    options: (kit) =>
      ({
        limit: 1,
        windowMs: 5_500,
        standardHeaders,
        store: otherStore(kit, { hasResetTime: false }),
      }) as Options,
    asks: [{ times: 2 }, { after: 2_000 }],
  })),
  ...windowsMs.flatMap((windowMs) =>
    (["draft-6", "draft-7"] as const).map((standardHeaders): Scenario => ({
      title: `${standardHeaders} of a window of ${windowMs} ms`,
      options: () => ({ limit: 1, windowMs, standardHeaders }),
      asks: [{ times: 2 }],
    })),
  ),
  ...(["draft-6", "draft-7"] as const).flatMap((standardHeaders): Scenario[] => [
    {
      title: `${standardHeaders} from a store whose window has ended already`,
      options: (kit) => ({
        limit: 1,
        standardHeaders,
        store: {
          ...otherStore(kit),
          increment: () => ({ totalHits: 2, resetTime: new Date(Date.now() - 5_000) }),
        },
      }),
      asks: [{}],
    },
    {
      title: `${standardHeaders} on responses of many kinds`,
      options: () => ({ limit: 20, standardHeaders }),
      asks: ["/fail", "/missing", "/moved", "/throws", "/bare", "/stream"].map((path) => ({
        path,
      })),
    },
    {
      title: `${standardHeaders} over headers that were there before`,
      app(app, { rateLimiter }) {
        app.use(async (c, next) => {
          c.header("RateLimit", "mine");
          c.header("RateLimit-Limit", "mine");
          c.header("X-Own", "kept");
          await next();
        });
        app.use(rateLimiter({ standardHeaders, keyGenerator: () => "all" }));
      },
      asks: [{}],
    },
    {
      title: `${standardHeaders} on a response that is there before the limiter`,
      app(app, { rateLimiter }) {
        app.use(async (c, next) => {
          c.res = new Response("early", { headers: { "x-own": "yes" } });
          await next();
        });
        app.use(rateLimiter({ limit: 1, standardHeaders, keyGenerator: () => "all" }));
      },
      asks: [{ times: 2 }],
    },
  ]),
];
