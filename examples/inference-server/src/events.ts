/** What happened in the gateway, in the order in which it happened there. Times are of the machine's clock, in ms. */
export type Event = Admitted | Refused | Raised | Ended;

/** A request was let through, with what it reserved. */
export interface Admitted {
  readonly type: "admitted";
  readonly atMs: number;
  readonly id: number;
  readonly tenant: string;
  readonly tokens: number;
  /** What deciding added to the request. */
  readonly addedMs: number;
}

/** A request was turned away. */
export interface Refused {
  readonly type: "refused";
  readonly atMs: number;
  readonly tenant: string;
  /** What it asked to reserve. */
  readonly tokens: number;
  readonly limitedBy: string;
  /** The header, in seconds. */
  readonly retryAfter: number | undefined;
  /** What the header was made from, to the millisecond. */
  readonly retryAfterMs: number | undefined;
  readonly addedMs: number;
}

/** A request has used more than it reserved, so far. */
interface Raised {
  readonly type: "raised";
  readonly atMs: number;
  readonly id: number;
  readonly tokens: number;
}

/** A request has ended, with what it used in all. */
interface Ended {
  readonly type: "ended";
  readonly atMs: number;
  readonly id: number;
  readonly tokens: number;
}
