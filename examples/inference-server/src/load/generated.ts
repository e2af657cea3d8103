import { seededRandom } from "@sluice/core/testing";

import type { Surface, TraceRow } from "./load.ts";

/** Values at the 0th, 10th, 25th, 50th, 75th, 90th, 99th and 100th percentile. */
type Quantiles = readonly [number, number, number, number, number, number, number, number];

interface Statistics {
  readonly name: string;
  readonly contextTokens: Quantiles;
  readonly generatedTokens: Quantiles;
  /** Requests in one minute. */
  readonly perMinute: Quantiles;
  /** How many requests come together, on average. */
  readonly burst: number;
}

// Of the Azure LLM inference traces of 2023 (P. Patel et al., "Splitwise", ISCA 2024).
const chat: Statistics = {
  name: "chat",
  contextTokens: [3, 207, 396, 1020, 1189, 2735, 4142, 14_050],
  generatedTokens: [7, 54, 85, 129, 395, 424, 601, 1000],
  perMinute: [191, 242, 268, 319, 386, 448, 497, 507],
  burst: 1,
};
const code: Statistics = {
  name: "code",
  contextTokens: [3, 147, 578, 1469, 2745, 5194, 7436, 7437],
  generatedTokens: [6, 7, 9, 13, 24, 55, 252, 1899],
  perMinute: [0, 0, 20, 97, 234, 421, 600, 632],
  burst: 4,
};

const shares = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1] as const;

/** An hour of a chat and of a code completion, with the statistics of recorded ones; the same for the same seed. */
export function generatedSurfaces(seed: number): Surface[] {
  return [chat, code].map((statistics, index) => generate(statistics, seed + index));
}

function generate(statistics: Statistics, seed: number): Surface {
  const random = seededRandom(seed);
  const draw = (quantiles: Quantiles): number => {
    const share = random.integer(0, 9_999) / 10_000;
    const above = shares.findIndex((limit) => limit > share);
    const [low, high] = [quantiles[above - 1]!, quantiles[above]!];
    const [from, to] = [shares[above - 1]!, shares[above]!];
    const part = (share - from) / (to - from);
    // Long tails are straighter on a scale of ratios.
    return Math.round(low > 0 ? low * (high / low) ** part : high * part);
  };
  const rows: TraceRow[] = [];
  for (let minute = 0; minute < 60; minute++) {
    const count = draw(statistics.perMinute);
    let atMs = 0;
    for (let made = 0; made < count; made++) {
      if (made % statistics.burst === 0) atMs = random.integer(0, 59_999);
      rows.push({
        atMs: minute * 60_000 + Math.min(59_999, atMs + random.integer(0, 5)),
        contextTokens: draw(statistics.contextTokens),
        generatedTokens: draw(statistics.generatedTokens),
      });
    }
  }
  return { name: statistics.name, rows: rows.toSorted((a, b) => a.atMs - b.atMs) };
}
