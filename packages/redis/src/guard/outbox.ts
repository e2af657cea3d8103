import type { AsyncStore, Claim, Extension, Settlement } from "@sluice/core";

import { createBoundedMap } from "../bounded-map.ts";

/** Something that was asked while the store could not be, or of which no answer came. */
interface Letter {
  readonly send: (store: AsyncStore) => Promise<unknown>;
}

/** What is to be sent to the store once it answers. */
export interface Outbox {
  readonly size: number;
  /** Letters that were dropped for want of room. */
  readonly dropped: number;
  /** Posts anything; the answer takes it back. */
  post(letter: Letter): () => void;
  /** Usage of a lease: one letter for each lease. The answer takes it back. */
  extend(claims: readonly Claim[], extension: Extension): () => void;
  /** The end of a lease, after what it has used. */
  settle(claims: readonly Claim[], settlement: Settlement): () => void;
  /** Takes out the oldest. */
  next(): Letter | undefined;
}

interface LeaseLetter extends Letter {
  amounts: (number | undefined)[];
  settlement: Settlement | undefined;
}

/**
 * An outbox of at most `cap` letters, in order. When there is one more, the oldest is dropped: its lease is the nearest to expire by its rule
 * anyway, or has.
 */
export function createOutbox(cap: number): Outbox {
  const letters = createBoundedMap<string | number, Letter>(cap);
  const leases = new Map<string, LeaseLetter>();
  let posted = 0;
  let dropped = 0;

  const put = (key: string | number, letter: Letter): void => {
    const forgotten = letters.set(key, letter);
    if (forgotten === undefined) return;
    remove(forgotten[0]);
    dropped++;
  };
  const remove = (key: string | number): void => {
    letters.delete(key);
    if (typeof key === "string") leases.delete(key);
  };
  const leaseLetter = (claims: readonly Claim[], id: string): LeaseLetter => {
    const known = leases.get(id);
    if (known !== undefined) return known;
    const made: LeaseLetter = {
      amounts: [],
      settlement: undefined,
      async send(store) {
        const { amounts, settlement } = made;
        if (settlement === undefined || amounts.some((amount) => amount !== undefined)) {
          await store.extend(claims, { id, amounts });
        }
        if (settlement !== undefined) await store.settle(claims, settlement);
      },
    };
    leases.set(id, made);
    put(id, made);
    return made;
  };

  return {
    get size() {
      return letters.size;
    },
    get dropped() {
      return dropped;
    },
    post(letter) {
      const key = posted++;
      put(key, letter);
      return () => remove(key);
    },
    extend(claims, { id, amounts }) {
      const letter = leaseLetter(claims, id);
      if (letter.settlement !== undefined) return () => {};
      letter.amounts = claims.map((_, index) => sumOf(letter.amounts[index], amounts[index]));
      return () => {
        letter.amounts = letter.amounts.map((amount, index) =>
          amount === undefined ? undefined : amount - (amounts[index] ?? 0) || undefined,
        );
      };
    },
    settle(claims, settlement) {
      const letter = leaseLetter(claims, settlement.id);
      letter.settlement ??= settlement;
      return () => {
        if (leases.get(settlement.id) === letter) remove(settlement.id);
      };
    },
    next() {
      const first = letters.oldest();
      if (first === undefined) return undefined;
      remove(first[0]);
      return first[1];
    },
  };
}

/** What was reported in all; nothing was where neither is. */
export function sumOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}
