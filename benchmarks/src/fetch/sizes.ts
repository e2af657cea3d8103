/** How much is measured in one round of one subject. */
export interface Sizes {
  /** Pairs of bursts, plain and not. */
  readonly pairs: number;
  /** Requests in each burst, and how many of them are in flight. */
  readonly requests: number;
  readonly parallel: number;
  readonly warmUpRequests: number;
  /** Streams in each burst of those, one after another. */
  readonly streams: number;
  readonly warmUpStreams: number;
  readonly events: number;
}

/** Five rounds of these are meant to take 2 minutes on two cores. */
export const fullSizes: Sizes = {
  pairs: 5,
  requests: 500,
  parallel: 16,
  warmUpRequests: 1_200,
  streams: 12,
  warmUpStreams: 30,
  events: 2_000,
};

/** For a first look. */
export const quickSizes: Sizes = {
  ...fullSizes,
  pairs: 3,
  requests: 300,
  warmUpRequests: 600,
  streams: 10,
  warmUpStreams: 15,
};
