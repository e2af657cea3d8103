/** How much is measured in one child process. */
export interface Sizes {
  /** Keys that are asked for, each as likely as another. */
  readonly keys: number;
  /** Checks with many in flight. */
  readonly calls: number;
  /** Checks one after the other. */
  readonly soloCalls: number;
  /** Checks before the first that is measured. */
  readonly warmUpCalls: number;
  /** Checks that are answered in this process. */
  readonly localCalls: number;
  /** Processes that share a hot key. */
  readonly fleet: number;
  /** The window of their limit. */
  readonly fleetWindowMs: number;
}

/** Windows get as full as they go: of a limit of 100, about 75 are taken in the end. Five rounds are meant to take 2.5 minutes on two cores. */
export const fullSizes: Sizes = {
  keys: 240,
  calls: 12_000,
  soloCalls: 3_000,
  warmUpCalls: 6_000,
  localCalls: 120_000,
  fleet: 16,
  fleetWindowMs: 2_000,
};

/** For a first look. */
export const quickSizes: Sizes = {
  ...fullSizes,
  keys: 120,
  calls: 6_000,
  soloCalls: 1_500,
  warmUpCalls: 3_000,
  localCalls: 40_000,
};
