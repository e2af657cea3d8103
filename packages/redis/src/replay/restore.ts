import type { AsyncStore, Claim } from "@sluice/core";

import type { OwnLease } from "./own-leases.ts";

/** Puts back what a server has lost. */
export interface Restorer {
  isOwed(): boolean;
  /** What it has lost now, in the place of what was owed before: that is lost, too. */
  owe(
    charges: readonly Claim[],
    leases: readonly OwnLease[],
    blocks: () => readonly (readonly [Claim, number])[],
  ): void;
  /** Resolves when all is put back, or the server has failed. */
  restore(): Promise<void>;
}

type Work = () => Promise<unknown>;

const atOnce = 64;

/** Puts back into `store`, whatever is charged there already, at most 64 things at a time. */
export function createRestorer(store: AsyncStore): Restorer {
  let owed: Work[] = [];
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    while (owed.length > 0) {
      const from = owed;
      const some = from.splice(0, atOnce);
      const done = await Promise.allSettled(some.map(async (act) => act()));
      const failed = some.filter((_, index) => done[index]!.status === "rejected");
      if (failed.length === 0) continue;
      // What was lost anew meanwhile is owed anew.
      if (owed === from) owed.push(...failed);
      return;
    }
  }

  return {
    isOwed: () => owed.length > 0,
    owe(charges, leases, blocks) {
      owed = [
        ...charges.map((claim) => async () => store.adjust([claim], "charge")),
        ...leases.map((lease) => async () => reserveAgain(store, lease)),
        ...blocks().map(
          ([claim, forMs]) =>
            async () =>
              store.block([claim], forMs),
        ),
      ];
    },
    async restore() {
      working ??= work().finally(() => (working = undefined));
      return working;
    },
  };
}

/** The lease as it was, by its id; where there is no room, what it is charged, for good. */
async function reserveAgain(store: AsyncStore, lease: OwnLease): Promise<void> {
  const { claims, request, used, charged, settlement } = lease;
  const { id } = request;
  const outcome = await store.reserve(claims, request);
  if (outcome.verdict !== "allowed") {
    const due = claims.flatMap((claim, index) =>
      charged[index]! > 0 && claim.terms.algorithm !== "concurrency"
        ? [{ ...claim, cost: charged[index]! }]
        : [],
    );
    if (due.length > 0) await store.adjust(due, "charge");
    return;
  }
  // The server may have kept it.
  if (outcome.replayed) return;
  if (used.some((amount) => amount !== undefined))
    await store.extend(claims, { id, amounts: used });
  if (settlement === undefined) return;
  // Only its id is to be known again: what it was charged is put back apart.
  await store.settle(claims, { id, amounts: claims.map(() => 0), unreported: "estimate" });
}
