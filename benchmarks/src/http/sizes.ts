/** How much is measured in one round of one subject. */
export interface Sizes {
  /** Pairs of bursts, without and with. */
  readonly pairs: number;
  /** Requests in each burst. */
  readonly requests: number;
  readonly warmUpRequests: number;
  readonly connections: number;
  /** Streams in each burst of metering. */
  readonly streams: number;
  readonly events: number;
}

/** Five rounds of these are meant to take 2.5 minutes on two cores. */
export const fullSizes: Sizes = {
  pairs: 5,
  requests: 2_000,
  warmUpRequests: 3_500,
  connections: 20,
  streams: 5,
  events: 2_000,
};

/** For a first look. */
export const quickSizes: Sizes = { ...fullSizes, pairs: 2, requests: 1_000, warmUpRequests: 1_500 };
