import type { AsyncStore, Claim } from "@sluice/core";

import type { LagMeter } from "./lag.ts";

/** What a load has seen. */
interface LoadReport {
  /** Units granted. */
  granted: number;
  decisions: number;
  /** Decisions by the mode that they say they were made in. */
  readonly modes: Map<string, number>;
  /** The longest that any call was waited for, less what this process was late itself. */
  worstMs: number;
  /** Calls that were rejected. */
  readonly errors: unknown[];
}

/** A load that goes on until it is stopped. */
export interface Load {
  readonly report: LoadReport;
  stop(): Promise<void>;
}

const everyMs = 10;
let ids = 0;

/** Some requests every 10 ms: one half checks, the other half with a lease that is settled 30 ms later. */
export function startLoad(
  store: AsyncStore,
  claims: readonly Claim[],
  perTurn: number,
  lag: LagMeter,
): Load {
  const report: LoadReport = {
    granted: 0,
    decisions: 0,
    modes: new Map(),
    worstMs: 0,
    errors: [],
  };
  const running = new Set<Promise<void>>();

  async function timed<T extends object>(act: () => Promise<T>): Promise<T> {
    const since = performance.now();
    const answer = await act();
    const now = performance.now();
    report.worstMs = Math.max(report.worstMs, now - since - lag.between(since, now));
    return answer;
  }
  async function request(hasLease: boolean): Promise<void> {
    const id = `load-${ids++}`;
    const lease = { id, expiresAfterMs: 60_000, repeatable: false };
    const outcome = await timed(async () => store.reserve(claims, hasLease ? lease : undefined));
    const mode = outcome.degraded ?? "exact";
    report.decisions++;
    report.modes.set(mode, (report.modes.get(mode) ?? 0) + 1);
    if (outcome.verdict !== "allowed") return;
    report.granted += claims[0]!.cost;
    if (!hasLease) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
    await timed(async () => store.settle(claims, { id, amounts: [1], unreported: "estimate" }));
  }
  const turn = (): void => {
    for (let index = 0; index < perTurn; index++) {
      const done = request(index % 2 === 0).catch((error: unknown) => {
        report.errors.push(error);
      });
      running.add(done);
      void done.then(() => running.delete(done));
    }
  };
  const timer = setInterval(turn, everyMs);
  return {
    report,
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
}
