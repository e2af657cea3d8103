import type { Claim } from "@sluice/core";

import { tagOf } from "../keys.ts";
import { hashSlot } from "./hash-slot.ts";

/** The claims of a request that one slot counts. */
export interface Group {
  readonly slot: number;
  readonly claims: Claim[];
  /** Where each stands among the claims of the request. */
  readonly places: number[];
}

/** The slot of all claims, or `undefined` where they lie in several. */
export function commonSlot(claims: readonly Claim[]): number | undefined {
  const tag = commonTag(claims);
  if (tag !== undefined) return hashSlot(tag);
  const [first, ...others] = claims.map((claim) => hashSlot(tagOf(claim)));
  return others.every((slot) => slot === first) ? first : undefined;
}

/** Whether one slot counts all claims: one call decides on them. */
export function isOneSlot(claims: readonly Claim[]): boolean {
  return claims.length <= 1 || commonTag(claims) !== undefined || commonSlot(claims) !== undefined;
}

/** The claims by slot, the lowest first: the same for everybody, so that no two requests wait for what the other has. */
export function groupsOf(claims: readonly Claim[]): readonly Group[] {
  const groups = new Map<number, Group>();
  for (const [place, claim] of claims.entries()) {
    const slot = hashSlot(tagOf(claim));
    const known = groups.get(slot);
    if (known === undefined) groups.set(slot, { slot, claims: [claim], places: [place] });
    else {
      known.claims.push(claim);
      known.places.push(place);
    }
  }
  return [...groups.values()].toSorted((one, other) => one.slot - other.slot);
}

/** The tag that all claims have; `undefined` for several, and for no claims. */
function commonTag(claims: readonly Claim[]): string | undefined {
  const [first] = claims;
  if (first === undefined) return undefined;
  const tag = tagOf(first);
  for (let at = 1; at < claims.length; at++) if (tagOf(claims[at]!) !== tag) return undefined;
  return tag;
}
