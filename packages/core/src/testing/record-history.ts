import { isPromise } from "../answer.ts";
import type { Clock } from "../clock.ts";
import { isSluiceError } from "../errors.ts";
import type {
  ChargeOutcome,
  Claim,
  Extension,
  LeaseRequest,
  Outcome,
  Settlement,
  Store,
} from "../store/store.ts";
import type { HistoryRecord } from "./history-record.ts";

/** Options of `recordHistory()`. */
export interface RecordHistoryOptions {
  /** Who records, where several do. */
  readonly by?: string;
  /** Takes each record as it is made, instead of `records`. */
  readonly write?: (record: HistoryRecord) => void;
  /** Tells the time of what the store never answered. Default: `Date.now`. */
  readonly clock?: Clock;
}

/** A store with a history. */
export interface RecordedStore<S extends Store> {
  /** Does and answers what the store it was made of does. */
  readonly store: S;
  /** All that has happened, unless it is written elsewhere. */
  readonly records: readonly HistoryRecord[];
}

/**
 * Records what a store is asked and answers, for `checkHistory()`: put `store` where the limiter would have had the other. What it
 * rejects is recorded as lost, but for errors of the caller's, which change nothing.
 */
export function recordHistory<S extends Store>(
  store: S,
  options: RecordHistoryOptions = {},
): RecordedStore<S> {
  const { by, clock = Date.now } = options;
  const records: HistoryRecord[] = [];
  const write = options.write ?? ((record: HistoryRecord) => void records.push(record));
  /** When the ids were first sent whose answers were lost. */
  const lostSince = new Map<string, number>();
  let latestMs = 0;

  function note({ atMs, expired }: Outcome | ChargeOutcome): void {
    latestMs = Math.max(latestMs, atMs);
    if (expired > 0) write({ kind: "found-expired", atMs, by, leases: expired });
  }

  function hearDecision(claims: readonly Claim[], outcome: Outcome, lease?: LeaseRequest): void {
    note(outcome);
    const { atMs, verdict, states, replayed } = outcome;
    const id = lease?.id;
    const sinceMs = id === undefined || !replayed ? undefined : lostSince.get(id);
    if (id !== undefined) lostSince.delete(id);
    const mode = modeOf(outcome);
    for (const [index, claim] of claims.entries()) {
      const { cost, terms } = claim;
      const used = verdict === "full" ? undefined : states[index * 4]!;
      const asked = { id, cost, capacity: terms.capacity, used, mode };
      const told = { atMs, by, ...nameOf(claim), ...asked };
      if (verdict !== "allowed") write({ kind: "refusal", ...told });
      else {
        const expiresAfterMs = lease?.expiresAfterMs;
        write({ kind: "grant", ...told, expiresAfterMs, replayed, sinceMs });
      }
    }
  }

  function lose(claims: readonly Claim[], sentMs: number, id?: string): void {
    const sinceMs = (id === undefined ? undefined : lostSince.get(id)) ?? sentMs;
    if (id !== undefined) lostSince.set(id, sinceMs);
    const atMs = clock();
    for (const claim of claims) {
      const { cost } = claim;
      write({ kind: "lost", atMs, by, ...nameOf(claim), id, cost, sinceMs });
    }
  }

  const recorded: Asked = {
    reserve(claims, lease) {
      const sentMs = latestMs;
      return watch(
        () => store.reserve(claims, lease),
        (outcome) => hearDecision(claims, outcome, lease),
        () => lose(claims, sentMs, lease?.id),
      );
    },
    reserveMany(batch) {
      const sentMs = latestMs;
      return watch<readonly Outcome[]>(
        () => store.reserveMany(batch),
        (outcomes) => {
          for (const [index, outcome] of outcomes.entries()) hearDecision(batch[index]!, outcome);
        },
        () => {
          for (const claims of batch) lose(claims, sentMs);
        },
      );
    },
    extend(claims, extension) {
      return watch(
        () => store.extend(claims, extension),
        (outcome) => {
          note(outcome);
          if (!outcome.applied) return;
          const { id, amounts } = extension;
          const mode = modeOf(outcome);
          for (const [index, claim] of claims.entries()) {
            const charged = outcome.states[index * 2]!;
            const told = { atMs: outcome.atMs, by, ...nameOf(claim), id, charged, mode };
            write({ kind: "extension", ...told, used: amounts[index] });
          }
        },
      );
    },
    settle(claims, settlement) {
      return watch(
        () => store.settle(claims, settlement),
        (outcome) => {
          note(outcome);
          if (!outcome.applied) return;
          const { id } = settlement;
          const mode = modeOf(outcome);
          for (const [index, claim] of claims.entries()) {
            const charged = outcome.states[index * 2]!;
            const told = { atMs: outcome.atMs, by, ...nameOf(claim), id, charged, mode };
            write({ kind: "settle", ...told });
          }
        },
      );
    },
    adjust(claims, direction) {
      return watch(
        () => store.adjust(claims, direction),
        (outcome) => {
          note(outcome);
          if (!outcome.applied) return;
          for (const [index, claim] of claims.entries()) {
            const units = outcome.states[index * 2]! * (direction === "charge" ? 1 : -1);
            write({ kind: "adjustment", atMs: outcome.atMs, by, ...nameOf(claim), units });
          }
        },
      );
    },
    reset(claims) {
      return watch(
        () => store.reset(claims),
        (outcome) => {
          note(outcome);
          const { atMs, applied } = outcome;
          for (const claim of applied ? claims : []) {
            write({ kind: "reset", atMs, by, ...nameOf(claim) });
          }
        },
      );
    },
  };
  return { store: { ...store, ...recorded }, records };
}

/** Asks, hears the answer, or learns that it was missed. */
function watch<T>(
  ask: () => T | Promise<T>,
  hear: (answer: T) => void,
  miss: () => void = () => {},
): T | Promise<T> {
  const heard = (answer: T): T => {
    hear(answer);
    return answer;
  };
  const answer = ask();
  if (!isPromise(answer)) return heard(answer);
  return answer.then(heard, (error: unknown) => {
    if (!isSluiceError(error) || error.code.startsWith("store-")) miss();
    throw error;
  });
}

/** What is recorded of a store that answers either way. */
interface Asked {
  reserve(claims: readonly Claim[], lease?: LeaseRequest): Outcome | Promise<Outcome>;
  reserveMany(
    batch: readonly (readonly Claim[])[],
  ): readonly Outcome[] | Promise<readonly Outcome[]>;
  extend(claims: readonly Claim[], extension: Extension): ChargeOutcome | Promise<ChargeOutcome>;
  settle(claims: readonly Claim[], settlement: Settlement): ChargeOutcome | Promise<ChargeOutcome>;
  adjust(
    claims: readonly Claim[],
    direction: "charge" | "refund",
  ): ChargeOutcome | Promise<ChargeOutcome>;
  reset(claims: readonly Claim[]): ChargeOutcome | Promise<ChargeOutcome>;
}

/** No name holds the bar that ends it in a scope. */
function nameOf({ terms: { scope }, subject }: Claim) {
  return { limit: scope.slice(0, `${scope}|`.indexOf("|")), subject };
}

/** How a decision was made where not by the store itself. */
function modeOf(outcome: Outcome | ChargeOutcome): string | undefined {
  return "degraded" in outcome && typeof outcome.degraded === "string"
    ? outcome.degraded
    : undefined;
}
