import type { Claim, Terms } from "@sluice/core";

import { createPool, type Pool } from "./pool.ts";
import { createRule, nameOf, type Rule, type Share } from "./rule.ts";

/** The pools of a process: one for each count of a shared limit that is in use. */
export interface Pools {
  /** How the limit is shared, if it is. Throws `invalid-option` for one that cannot be. */
  ruleOf(terms: Terms): Rule | undefined;
  /** The pool of a shared claim, made if need be; nothing when there is no room for one more. */
  find(claim: Claim, rule: Rule, now: number): Pool | undefined;
  /** Forgets the pools that hold nothing and are not used any more. */
  sweep(now: number): void;
}

const looks = 8;
const forgottenAfterMs = 10_000;

/** At most `most` pools, for limits shared as `shares` say, by their names. */
export function createPools(shares: ReadonlyMap<string, Share>, most: number): Pools {
  const rules = new WeakMap<Terms, Rule | "exact">();
  const byScope = new Map<string, Map<string, Pool>>();
  const all = new Set<Pool>();
  let lastTerms: Terms | undefined;
  let lastRule: Rule | undefined;

  function learnRule(terms: Terms): Rule | "exact" {
    const share = shares.get(nameOf(terms));
    const rule = share === undefined ? "exact" : createRule(terms, share);
    rules.set(terms, rule);
    return rule;
  }

  function add(rule: Rule, subject: string, now: number): Pool | undefined {
    if (all.size >= most && !makeRoom()) return undefined;
    const pool = createPool(rule, subject, now);
    const { scope } = rule.shared;
    byScope.set(scope, (byScope.get(scope) ?? new Map<string, Pool>()).set(subject, pool));
    all.add(pool);
    return pool;
  }

  function drop(pool: Pool): void {
    const { scope } = pool.rule.shared;
    all.delete(pool);
    const bySubject = byScope.get(scope);
    bySubject?.delete(pool.subject);
    if (bySubject?.size === 0) byScope.delete(scope);
  }

  /** Forgets one that holds nothing, of those that have been looked at longest ago. */
  function makeRoom(): boolean {
    let look = 0;
    for (const pool of all) {
      if (isIdle(pool)) {
        drop(pool);
        return true;
      }
      if (++look === looks) return false;
      all.delete(pool);
      all.add(pool);
    }
    return false;
  }

  return {
    ruleOf(terms) {
      if (terms === lastTerms) return lastRule;
      const known = rules.get(terms) ?? learnRule(terms);
      lastTerms = terms;
      lastRule = known === "exact" ? undefined : known;
      return lastRule;
    },
    find({ subject }, rule, now) {
      const pool = byScope.get(rule.shared.scope)?.get(subject) ?? add(rule, subject, now);
      if (pool === undefined || pool.rule === rule) return pool;
      // Other numbers for the same count.
      pool.rule = rule;
      pool.refusals = [];
      pool.room = rule.slice;
      return pool;
    },
    sweep(now) {
      for (const pool of all) {
        if (isIdle(pool) && pool.lastUseMs + forgottenAfterMs <= now) drop(pool);
      }
    },
  };
}

function isIdle({ slices, refill, waiting }: Pool): boolean {
  return slices.length === 0 && refill === undefined && waiting === 0;
}
