// Long checks of the memory store and of the pacing of calls, which the tests do in small: `npm run soak`, or `npm run soak -- flood` for one of them.

import { soakPacing } from "../../client-fetch/soak/pacing.ts";
import { soakCancels } from "./cancels.ts";
import { soakDifferential } from "./differential.ts";
import { soakFlood } from "./flood.ts";
import type { Soaked } from "./soaked.ts";

const soaks: Readonly<Record<string, () => Soaked | Promise<Soaked>>> = {
  flood: soakFlood,
  cancels: soakCancels,
  differential: soakDifferential,
  pacing: soakPacing,
};

const asked = process.argv.slice(2);
for (const [name, soak] of Object.entries(soaks)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const startMs = performance.now();
  const { told, wrong } = await soak();
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
  const verdict = wrong.length === 0 ? "ok" : `WRONG (${wrong.join("; ")})`;
  process.stdout.write(`${name}: ${told}; ${seconds} s: ${verdict}\n`);
  if (wrong.length > 0) process.exitCode = 1;
}
