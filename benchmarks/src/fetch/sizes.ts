/** How much is measured in one round of one subject. */
export interface Sizes {
  /** Pairs of bursts, plain and not. */
  readonly pairs: number;
  /** Requests in each burst, and how many of them are in flight. */
  readonly requests: number;
  readonly parallel: number;
  /** Until the code that a call runs through is compiled: short of it, what has more code looks slower than it is for long. */
  readonly warmUpRequests: number;
  /** Streams in each burst of those, one after another. */
  readonly streams: number;
  readonly warmUpStreams: number;
  readonly events: number;
}

/** Three rounds of these are meant to take 2 minutes on two cores. */
export const fullSizes: Sizes = {
  pairs: 5,
  requests: 600,
  parallel: 16,
  warmUpRequests: 5_000,
  streams: 12,
  warmUpStreams: 60,
  events: 2_000,
};

/** For a first look. */
export const quickSizes: Sizes = {
  ...fullSizes,
  pairs: 3,
  requests: 300,
  warmUpRequests: 2_500,
  streams: 10,
  warmUpStreams: 40,
};
