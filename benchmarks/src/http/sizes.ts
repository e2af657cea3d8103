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

/** Three rounds of these are meant to take 3.5 minutes on two cores. */
export const fullSizes: Sizes = {
  pairs: 5,
  requests: 2_000,
  // A bare Express takes 110 us for a request at first, and 40 after so many.
  warmUpRequests: 20_000,
  connections: 20,
  streams: 5,
  events: 2_000,
};

/** For a first look. */
export const quickSizes: Sizes = { ...fullSizes, pairs: 2, requests: 1_000, warmUpRequests: 1_500 };
