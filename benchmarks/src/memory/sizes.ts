/** How much is measured in one child process. */
export interface Sizes {
  /** Keys of the large table. */
  readonly keys: number;
  /** Keys of the small table. */
  readonly fewKeys: number;
  /** Calls of each work. */
  readonly calls: number;
  /** Calls before the first that is measured. */
  readonly warmUpCalls: number;
  /** New objects made before single calls are timed. */
  readonly settlingObjects: number;
  /** Keys of the table whose windows are full. */
  readonly fullKeys: number;
  /** Keys of the table whose objects are counted. */
  readonly countedKeys: number;
}

/** Five rounds of these are meant to take less than 4 minutes on two cores, of the store in Rust 2. */
export const fullSizes: Sizes = {
  keys: 1_000_000,
  fewKeys: 10_000,
  calls: 250_000,
  warmUpCalls: 100_000,
  // Fewer do not reach every page: V8 widens the space for new objects as it fills.
  settlingObjects: 6_000_000,
  fullKeys: 100_000,
  countedKeys: 10_000,
};

/** For a first look. */
export const quickSizes: Sizes = {
  ...fullSizes,
  keys: 250_000,
  calls: 120_000,
  settlingObjects: 2_000_000,
  fullKeys: 20_000,
};
