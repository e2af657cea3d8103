import { type Claim, type Clock, type LeaseRequest, SluiceError } from "@sluice/core";

import { createBoundedMap } from "../bounded-map.ts";

/** Callers' ids that the store has allowed: the same again is no second request, also when the store cannot say so. */
export interface KnownIds {
  add(lease: LeaseRequest, claims: readonly Claim[]): void;
  /** Throws `id-conflict` when it was allowed with other costs. */
  has(id: string, claims: readonly Claim[]): boolean;
  forget(id: string): void;
}

interface Known {
  readonly claims: readonly Claim[];
  readonly untilMs: number;
}

const cap = 10_000;

/** The last 10,000 ids that this process was allowed. */
export function createKnownIds(clock: Clock, rememberMs: number): KnownIds {
  const known = createBoundedMap<string, Known>(cap);
  return {
    add({ id, expiresAfterMs }, claims) {
      known.set(id, { claims, untilMs: clock() + expiresAfterMs + rememberMs });
    },
    has(id, claims) {
      const before = known.get(id);
      if (before === undefined || before.untilMs <= clock()) return false;
      checkSame(before.claims, claims);
      return true;
    },
    forget: (id) => known.delete(id),
  };
}

/** Throws `id-conflict` when the same id comes with other claims or costs. */
export function checkSame(before: readonly Claim[], now: readonly Claim[]): void {
  const isSame =
    before.length === now.length &&
    before.every(({ terms, subject, cost }, index) => {
      const claim = now[index];
      return claim?.cost === cost && claim.subject === subject && claim.terms.scope === terms.scope;
    });
  if (!isSame) throw new SluiceError("id-conflict", "id: was reserved before with another cost");
}
