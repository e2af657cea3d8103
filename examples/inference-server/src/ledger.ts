import {
  type Book,
  chargedAt,
  costOf,
  type Entry,
  type Grant,
  historyUntil,
  note,
  openBook,
  turn,
} from "./book.ts";
import type { Admitted, Event, Refused } from "./events.ts";
import { everyone, type Plan, type PlannedLimit } from "./plan.ts";

/** One limit of one tenant, recomputed from the events alone. */
export interface Account {
  readonly tenant: string;
  readonly limit: PlannedLimit;
  /** Charged in the window that ends now. */
  readonly current: number;
  /** The most that stood charged in a window as a request was admitted, that request included. */
  readonly worstWindow: number;
  /** The most that stood charged in a window, also by use beyond what was reserved. */
  readonly worstCharged: number;
  /** The most charged in each slice of a tenth of a window, from the start. */
  readonly history: readonly number[];
}

/** What a run came to for one tenant. */
interface TenantTotals {
  admitted: number;
  readonly refused: Record<string, number>;
  reservedTokens: number;
  usedTokens: number;
}

/** A record of a run that knows only what happened, and nothing of what the limiter counts. */
export interface Ledger {
  /** Events come in the order of their times. */
  apply(event: Event): void;
  /** How every limit stands at `nowMs`, at or after the last event. Changes nothing: earlier events may still come. */
  accounts(nowMs: number): Account[];
  readonly totals: Readonly<Record<string, TenantTotals>>;
  readonly addedMs: readonly number[];
  readonly refusals: { readonly total: number; readonly withRetryAfter: number };
  /**
   * How many of the refusals with a Retry-After are exact: by what stood charged at the time, the request would have fitted
   * then, and in the window that was waited for not a millisecond earlier. Call it once the run is over.
   */
  exactRefusals(): number;
}

/** What a refusal by its Retry-After comes to for one limit on what is in flight: known when its requests have ended. */
interface Promised {
  readonly untilMs: number;
  /** How many of `standing` may be left. */
  readonly most: number;
  readonly standing: readonly Entry[];
}

/** Of a book's history. */
export const slicesPerWindow = 10;

/** An empty record of a run under `plan` that began at `startMs`. */
export function createLedger(plan: Plan, startMs: number): Ledger {
  const sliceMs = plan.windowMs / slicesPerWindow;
  const books = [...Object.entries(plan.tenants), [everyone, plan.shared] as const].flatMap(
    ([tenant, limits]) => limits.map((limit) => openBook(tenant, limit, startMs, sliceMs)),
  );
  const booksOf = (tenant: string): Book[] =>
    books.filter((book) => book.tenant === tenant || book.tenant === everyone);
  const grants = new Map<number, Grant>();
  const totals: Record<string, TenantTotals> = {};
  const addedMs: number[] = [];
  const promises: Promised[][] = [];
  const refusals = { total: 0, withRetryAfter: 0 };
  for (const tenant of Object.keys(plan.tenants)) {
    totals[tenant] = { admitted: 0, refused: {}, reservedTokens: 0, usedTokens: 0 };
  }

  function admit(event: Admitted): void {
    const grant: Grant = { event, tokens: event.tokens, endedAtMs: Infinity };
    grants.set(event.id, grant);
    for (const book of booksOf(event.tenant)) {
      turn(book, event.atMs);
      const amount = costOf(book.limit, event.tokens);
      book.entries.push({ atMs: event.atMs, grant, amount });
      book.sum += amount;
      book.worstWindow = Math.max(book.worstWindow, book.sum);
      note(book);
    }
  }

  /** Brings what `grant` stands charged to `tokens`: where it was reserved, or now when that has left the window. */
  function charge(grant: Grant, tokens: number, atMs: number): void {
    const change = tokens - grant.tokens;
    for (const book of booksOf(grant.event.tenant)) {
      turn(book, atMs);
      if (book.limit.unit === "tokens") {
        const entry = book.entries.find((candidate) => candidate.grant === grant);
        if (entry !== undefined) entry.amount += change;
        else if (change > 0) book.entries.push({ atMs, grant: undefined, amount: change });
        if (entry !== undefined || change > 0) book.sum += change;
      }
      note(book);
    }
    grant.tokens = tokens;
  }

  function end(grant: Grant, tokens: number, atMs: number): void {
    charge(grant, tokens, atMs);
    grant.endedAtMs = atMs;
    grants.delete(grant.event.id);
    for (const book of booksOf(grant.event.tenant)) {
      if (book.limit.unit !== "inflight") continue;
      book.entries = book.entries.filter((entry) => entry.grant !== grant);
      book.sum--;
    }
  }

  /** Checks at once, as the windows stand, that the request fits when told to; leaves what is in flight for later. */
  function check({ tenant, tokens, atMs, limitedBy }: Refused, waitMs: number): void {
    const untilMs = atMs + waitMs;
    let isExact = true;
    const later: Promised[] = [];
    for (const book of booksOf(tenant)) {
      turn(book, atMs);
      const { name, capacity, windowMs } = book.limit;
      const most = capacity - costOf(book.limit, tokens);
      if (windowMs === 0) later.push({ untilMs, most, standing: [...book.entries] });
      else {
        isExact &&= chargedAt(book, untilMs) <= most;
        if (name === limitedBy) isExact &&= chargedAt(book, untilMs - 1) > most;
      }
    }
    if (isExact) promises.push(later);
  }

  return {
    totals,
    addedMs,
    refusals,
    apply(event) {
      if (event.type === "admitted") {
        admit(event);
        const tenant = totals[event.tenant]!;
        tenant.admitted++;
        tenant.reservedTokens += event.tokens;
        addedMs.push(event.addedMs);
      } else if (event.type === "refused") {
        const { refused } = totals[event.tenant]!;
        refused[event.limitedBy] = (refused[event.limitedBy] ?? 0) + 1;
        addedMs.push(event.addedMs);
        refusals.total++;
        const { retryAfter, retryAfterMs = Infinity } = event;
        if (retryAfter === undefined) return;
        refusals.withRetryAfter++;
        // A header has whole seconds, which must not be earlier than what they stand for.
        if (retryAfter * 1000 >= retryAfterMs) check(event, retryAfterMs);
      } else {
        const grant = grants.get(event.id);
        if (grant === undefined) return;
        if (event.type === "raised") return charge(grant, event.tokens, event.atMs);
        totals[grant.event.tenant]!.usedTokens += event.tokens;
        end(grant, event.tokens, event.atMs);
      }
    },
    accounts(nowMs) {
      return books.map((book) => {
        const { tenant, limit, worstWindow, worstCharged } = book;
        const current = chargedAt(book, nowMs);
        const history = historyUntil(book, nowMs);
        return { tenant, limit, current, worstWindow, worstCharged, history };
      });
    },
    exactRefusals() {
      return promises.filter((checks) => checks.every(isKept)).length;
    },
  };
}

function isKept({ untilMs, most, standing }: Promised): boolean {
  return standing.filter(({ grant }) => (grant?.endedAtMs ?? 0) > untilMs).length <= most;
}
