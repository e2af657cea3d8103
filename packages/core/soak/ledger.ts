/** What one lease is charged under one limit, by the rules of docs/design.md alone. */
export interface Entry {
  readonly account: Account;
  readonly estimate: number;
  readonly onExpiry: "charge-used" | "charge-estimate" | "refund";
  /** When the slot of the reservation leaves. */
  readonly leavesAtMs: number;
  charged: number;
  /** Reported; `undefined` before the first time. */
  used: number | undefined;
}

/** All that is charged to one count, by the instant that it leaves. */
export type Account = Map<number, number>;

/** What is charged to `account` now. Forgets what has left. */
export function balance(account: Account, nowMs: number): number {
  let sum = 0;
  for (const [leavesAtMs, units] of account) {
    if (leavesAtMs <= nowMs) account.delete(leavesAtMs);
    else sum += units;
  }
  return sum;
}

function post(account: Account, leavesAtMs: number, units: number): void {
  account.set(leavesAtMs, (account.get(leavesAtMs) ?? 0) + units);
}

/** The entry of a reservation. */
export function reserved(
  account: Account,
  estimate: number,
  onExpiry: Entry["onExpiry"],
  leavesAtMs: number,
): Entry {
  post(account, leavesAtMs, estimate);
  return { account, estimate, onExpiry, leavesAtMs, charged: estimate, used: undefined };
}

/** Charges `all` in all: what has left stays so, and what is more is charged now, in a slot that leaves at `nextMs`. */
function recharge(entry: Entry, all: number, nowMs: number, nextMs: number): void {
  const { account, leavesAtMs, charged } = entry;
  const hasLeft = leavesAtMs <= nowMs;
  const change = all - charged;
  if (!hasLeft) post(account, leavesAtMs, change);
  else if (change > 0) post(account, nextMs, change);
  entry.charged = all;
}

/** What is reported goes beyond the estimate, or not. */
export function extended(
  entry: Entry,
  amount: number | undefined,
  nowMs: number,
  nextMs: number,
): void {
  if (amount !== undefined) entry.used = (entry.used ?? 0) + amount;
  recharge(entry, Math.max(entry.charged, entry.used ?? 0), nowMs, nextMs);
}

/** The deadline passed unsettled, at `deadlineMs`. */
export function expired(entry: Entry, deadlineMs: number): void {
  if (entry.leavesAtMs <= deadlineMs) return;
  recharge(entry, chargeOnExpiry(entry), deadlineMs, Infinity);
}

/** The lease was ended as if it expired now. */
export function disposed(entry: Entry, nowMs: number, nextMs: number): void {
  recharge(entry, chargeOnExpiry(entry), nowMs, nextMs);
}

/** The lease was settled, with an amount or without, or released. */
export function settled(
  entry: Entry,
  amount: number | undefined,
  isReleased: boolean,
  nowMs: number,
  nextMs: number,
): void {
  const unreported = isReleased ? 0 : entry.estimate;
  recharge(entry, amount ?? entry.used ?? unreported, nowMs, nextMs);
}

function chargeOnExpiry({ onExpiry, charged, used }: Entry): number {
  if (onExpiry === "charge-estimate") return charged;
  return onExpiry === "refund" ? 0 : (used ?? 0);
}
