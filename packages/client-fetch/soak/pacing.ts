import type { Soaked } from "../../core/soak/soaked.ts";
import { providerCases, type QuotaUse, useQuota } from "../test/pacing/use-quota.ts";

const seeds = 20;

/** Uses the quota of each simulated provider with twenty seeds, and tells the worst that came of each. */
export async function soakPacing(): Promise<Soaked> {
  const told: string[] = [];
  const wrong: string[] = [];
  for (const one of providerCases) {
    const uses: QuotaUse[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const use = await useQuota(one, seed);
      uses.push(use);
      if (use.used < 0.93 || use.refused > 0.01 || use.left > 0) {
        wrong.push(`${one.name}, seed ${seed}: ${figures([use])}, ${use.left} left over`);
      }
    }
    told.push(`${one.name}: ${figures(uses)}`);
  }
  return { told: `the worst of ${seeds} seeds each: ${told.join("; ")}`, wrong };
}

function figures(uses: readonly QuotaUse[]): string {
  const used = Math.min(...uses.map((use) => use.used));
  const refused = Math.max(...uses.map((use) => use.refused));
  return `used ${(used * 100).toFixed(1)} %, refused ${(refused * 100).toFixed(2)} %`;
}
