import { boundedMap } from "../bounded-map.ts";

/** What answers of each target are likely to use, by those that came before. */
export interface LikelyOutput {
  learn(target: string, tokens: number): void;
  /** Tokens of output of one more call, of which the request allows `most`. */
  likely(target: string, most: number): number;
}

const smoothing = 0.1;
// Above the mean: who is asked for less than he uses is refused.
const margin = 1.5;

/** A mean for each of at most `maxTargets` targets; `most` until there is one. */
export function likelyOutput(maxTargets: number): LikelyOutput {
  const means = boundedMap<{ mean: number | undefined }>(maxTargets, () => ({ mean: undefined }));
  return {
    learn(target, tokens) {
      const known = means.for(target);
      known.mean =
        known.mean === undefined ? tokens : known.mean + smoothing * (tokens - known.mean);
    },
    likely(target, most) {
      const mean = means.find(target)?.mean;
      return mean === undefined ? most : Math.min(most, Math.ceil(mean * margin));
    },
  };
}
