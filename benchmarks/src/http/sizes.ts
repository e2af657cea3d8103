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

/** Five rounds of these take at most 10 minutes on two cores. */
export const fullSizes: Sizes = {
  pairs: 6,
  requests: 6_000,
  warmUpRequests: 30_000,
  connections: 20,
  streams: 6,
  events: 2_000,
};

/** Three rounds of these take at most 2.5 minutes on two cores. */
export const quickSizes: Sizes = { ...fullSizes, pairs: 3, requests: 3_000, warmUpRequests: 8_000 };
