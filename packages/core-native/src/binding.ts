/** The functions of a store as the addon makes them. All but texts comes and goes through two arrays of numbers. */
export interface Desk {
  /** Does the verb given to the claims given. `text` is their subjects, one after the other; `id` that of a lease. */
  call(text: string, id?: string): void;
  /** Decides on a batch of calls. */
  batch(text: string): void;
  /** Learns the terms of a handle. */
  define(scope: string): void;
  sweep(): void;
  size(): void;
  close(): void;
}

/** What the addon exports. */
export interface Binding {
  /** How many numbers a store's arrays have: what is given, and what is told. */
  sizes(): number[];
  /** Opens a table: of its own, to share with threads, one that a thread shares, or a file. Throws `kind:why`. */
  open(
    how: "alone" | "share" | "join" | "file",
    at: string,
    options: Float64Array,
    given: Float64Array,
    told: Float64Array,
  ): Desk;
}
