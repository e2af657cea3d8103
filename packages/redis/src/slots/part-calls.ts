import type { Claim } from "@sluice/core";

import { ruleCodes, termsArguments } from "../claims.ts";
import type { RunScript, Script } from "../client.ts";
import type { ExactOptions } from "../exact.ts";
import { countKeys, leaseKey } from "../keys.ts";
import { integersOf } from "../replies.ts";
import { endedScript, undoScript } from "../scripts.generated.ts";

/** What is done to one slot's part of a lease that lies in several; claims are those that it was reserved with. */
export interface PartCalls {
  /** Takes the part back as if it had never been, and frees the id there. */
  undo(claims: readonly Claim[], id: string): Promise<void>;
  /** Remembers that the lease has ended, where nothing was left of it but is in other slots. */
  keepEnded(claims: readonly Claim[], id: string): Promise<void>;
}

/** The calls, by an exact store's options. */
export function partCalls(run: RunScript, options: ExactOptions): PartCalls {
  const { prefix, clock, rememberMs, writesLooks } = options;

  async function call(script: Script, claims: readonly Claim[], id: string): Promise<void> {
    const now = clock?.();
    // Neither makes a count: no birth is needed.
    const args = [now === undefined ? "" : String(now), "0", writesLooks ? "1" : "0"];
    args.push(String(rememberMs));
    for (const { terms, cost } of claims) {
      termsArguments(args, terms, noPeriods);
      args.push(String(cost), ruleCodes[terms.onExpiry]);
    }
    const keys = [leaseKey(prefix, claims, id), ...countKeys(prefix, claims)];
    integersOf(await run(script, keys, args));
  }

  return {
    undo: (claims, id) => call(undoScript, claims, id),
    keepEnded: (claims, id) => call(endedScript, claims, id),
  };
}

/** Nothing is charged now: it makes no difference in which period. */
function noPeriods(): { fromMs: number; firstEndMs: number; secondEndMs: number } {
  return { fromMs: 0, firstEndMs: 0, secondEndMs: 0 };
}
