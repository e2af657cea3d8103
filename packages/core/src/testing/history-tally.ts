/** What became of all leases. */
export interface LeaseTally {
  granted: number;
  /** In time. */
  settled: number;
  /** Those that were settled late included. */
  expired: number;
  live: number;
  settledLate: number;
  /** What the store said it had found to have expired. */
  foundExpired: number;
}

/** What a tally needs of a lease. */
interface Tallied {
  readonly state: "live" | "expired" | "settled";
  readonly isLate: boolean;
}

/** Sums up `leases`. */
export function tallyOf(leases: readonly Tallied[], foundExpired: number): LeaseTally {
  const settled = leases.filter(({ state, isLate }) => state === "settled" && !isLate).length;
  const settledLate = leases.filter(({ isLate }) => isLate).length;
  const live = leases.filter(({ state }) => state === "live").length;
  const granted = leases.length;
  const expired = granted - settled - live;
  return { granted, settled, expired, live, settledLate, foundExpired };
}
