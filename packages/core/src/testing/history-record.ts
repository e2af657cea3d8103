/** What every record says. Times are the store's, in milliseconds. */
interface Recorded {
  readonly atMs: number;
  /** Whoever recorded it, where there are several. */
  readonly by?: string | undefined;
}

/** Of one count: a limit's name, and the subject as its store has it. A request under several limits has a record for each. */
interface OfCount extends Recorded {
  readonly limit: string;
  readonly subject: string;
}

/** What a store answered, or another in its place. */
interface Answered extends OfCount {
  /** How it was decided where not by the store: `"local"`, `"allow"` or `"refuse"`. Its time is then only guessed. */
  readonly mode?: string | undefined;
}

interface Decided extends Answered {
  /** What the store knows the lease by; `undefined` where the request was to be charged for good. */
  readonly id?: string | undefined;
  readonly cost: number;
  /** Of the limit, for this subject. Default: that of the limit. */
  readonly capacity?: number | undefined;
  /** What the store says is charged, this request included if it was granted. */
  readonly used?: number | undefined;
}

/** A request that was allowed. */
export interface GrantRecord extends Decided {
  readonly kind: "grant";
  /** The lease expires so long after this, or after the last extension. Default: never. */
  readonly expiresAfterMs?: number | undefined;
  /** Whether the store said that it had been charged before. */
  readonly replayed?: boolean | undefined;
  /** Of a replayed one: the latest time of the store that was known before the id was first sent. */
  readonly sinceMs?: number | undefined;
}

/** A request that was refused. */
export interface RefusalRecord extends Decided {
  readonly kind: "refusal";
}

/** A request whose answer never came: it may have been charged at any time after `sinceMs`. */
export interface LostRecord extends OfCount {
  readonly kind: "lost";
  readonly id?: string | undefined;
  readonly cost: number;
  readonly sinceMs: number;
}

/** Usage that a lease reported. */
export interface ExtensionRecord extends Answered {
  readonly kind: "extension";
  readonly id: string;
  /** Reported now; `undefined` reports nothing. */
  readonly used?: number | undefined;
  /** All that the lease is charged now. */
  readonly charged: number;
}

/** The end of a lease by its holder. */
export interface SettleRecord extends Answered {
  readonly kind: "settle";
  readonly id: string;
  /** All that it is charged in the end. */
  readonly charged: number;
}

/** The end of a lease by its deadline, told by a store that tells. Those that nobody tells are inferred. */
export interface ExpiryRecord extends OfCount {
  readonly kind: "expiry";
  readonly id: string;
  /** All that it is charged in the end. */
  readonly charged: number;
}

/** A charge that was not asked for room, or with `units` below 0 what was given back. */
export interface AdjustmentRecord extends OfCount {
  readonly kind: "adjustment";
  readonly units: number;
}

/** A count was forgotten on demand. */
export interface ResetRecord extends OfCount {
  readonly kind: "reset";
}

/** So many leases were found to have expired. */
export interface FoundExpiredRecord extends Recorded {
  readonly kind: "found-expired";
  readonly leases: number;
}

/** Something was done to the store, or has been undone: from then on it can decide again. */
export interface FaultRecord extends Recorded {
  readonly kind: "fault" | "healed";
  readonly name: string;
  /** Of a fault: whether the store may have forgotten, until it was healed, what it had granted, and ids with it. */
  readonly losesState?: boolean | undefined;
}

/** One line of a history: plain data, that survives JSON. */
export type HistoryRecord =
  | GrantRecord
  | RefusalRecord
  | LostRecord
  | ExtensionRecord
  | SettleRecord
  | ExpiryRecord
  | AdjustmentRecord
  | ResetRecord
  | FoundExpiredRecord
  | FaultRecord;
