// Long checks of the fetch, which the tests do in small: `npm run leaks`.

import { leak } from "./leaked.ts";

const startMs = performance.now();
const { outcomes, ...left } = await leak({ calls: 10_000, parallel: 100, seed: 1 });
const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
const isClean = Object.values(left).every((count) => count === 0);
process.stdout.write(
  `${JSON.stringify(outcomes)}\n${JSON.stringify(left)}; ${seconds} s: ${isClean ? "ok" : "LEAK"}\n`,
);
process.exitCode = isClean ? 0 : 1;
