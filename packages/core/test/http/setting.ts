import {
  type Cost,
  createLimiter,
  type Limiter,
  memoryStore,
  type MemoryStore,
  type Store,
  type Subject,
} from "@sluice/core";
import {
  createGate,
  type Exchange,
  type Gate,
  openExchange,
  type RateLimitOptions,
  type Verdict,
} from "@sluice/core/http";
import { manualClock, type ManualClock } from "@sluice/core/testing";

/** A request of no framework in particular. */
export interface Asked {
  readonly ip?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tenant?: string;
  readonly tokens?: number;
}

/** Answers that are not sent anywhere. */
export type Answer = () => string;

/** A gate, and what it counts with. */
interface Setting {
  readonly gate: Gate<Asked, Answer>;
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  /** What each limit is charged. */
  readonly used: (subject?: Readonly<Record<string, string>>) => number[];
}

/** A gate over a store of its own, whose clock is told the time. */
export function setUp(
  options: RateLimitOptions<Asked, Store, Answer>,
  trusts?: (asked: Asked) => boolean,
): Setting {
  const clock = manualClock();
  const store: MemoryStore = memoryStore({ clock });
  const own = options.limiter === undefined ? { store } : {};
  const gate: Gate<Asked, Answer> = createGate<Asked, Answer, Store>(
    { ...own, log: () => {}, ...options },
    {
      address: ({ ip }) => ip,
      header: ({ headers }, name) => headers?.[name],
      ...(trusts !== undefined && { trusts }),
    },
  );
  const probe: Limiter<MemoryStore> = createLimiter({ limits: gate.limiter.limits, store });
  const used = (subject: Readonly<Record<string, string>> = { tenant: "acme" }): number[] =>
    probe.peek(subject, all).limits.map((state) => state.used);
  return { gate, store, clock, used };
}

const all = { requests: 0, tokens: 0, inflight: 0, usd: 0 };

/** The verdict of a gate that decides at once, and the exchange that it is about. */
export function admit(
  gate: Gate<Asked, Answer>,
  asked: Asked = { tenant: "acme" },
  exchange: Exchange = openExchange(),
): { verdict: Verdict; exchange: Exchange } {
  const verdict = gate.admit(asked, exchange);
  if (verdict instanceof Promise) throw new Error("expected an answer at once");
  return { verdict, exchange };
}

/** Of the tenant that asks, and of what it names. */
export const byTenant: {
  readonly subject: (asked: Asked) => Subject;
  readonly cost: (asked: Asked) => Cost;
} = {
  subject: ({ tenant }) => ({ tenant }),
  cost: ({ tokens = 10 }) => ({ requests: 1, tokens }),
};
