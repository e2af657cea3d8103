import { webcrypto } from "node:crypto";

import { flood, mostBytes } from "./flooded.ts";
import type { Soaked } from "./soaked.ts";

const maxKeys = 1_000_000;
const mostTimesSlower = 2;

/** Ten million distinct keys against a full table of a million. */
export function soakFlood(): Soaked {
  // Two tables do the same at every step only under the same secret.
  const secret = webcrypto.getRandomValues(new Int32Array(2));
  const getRandomValues = (words: Int32Array): Int32Array => words.fill(secret[0]!);
  Object.defineProperty(globalThis, "crypto", { value: { getRandomValues }, configurable: true });
  const report = flood({
    maxKeys,
    fresh: 10_000_000,
    watched: 1_000,
    rounds: 7,
    calm: 300_000,
    tables: 2,
    readMs: () => performance.now(),
  });
  Object.defineProperty(globalThis, "crypto", { value: webcrypto, configurable: true });
  const {
    bytesBefore,
    bytesAfter,
    mostKeys,
    turnedAway,
    forgotten,
    calmUs,
    floodedUs,
    interrupted,
  } = report;
  const cap = mostBytes(maxKeys);
  const ratio = floodedUs / calmUs;
  const rss = process.memoryUsage.rss();
  const wrong = [
    ...(bytesAfter > cap ? ["the table passed its cap"] : []),
    ...(mostKeys > maxKeys ? [`${mostKeys} keys`] : []),
    ...(forgotten.length > 0 ? [`${forgotten.length} keys were forgotten`] : []),
    ...(ratio > mostTimesSlower ? [`p99.9 more than ${mostTimesSlower} times that in peace`] : []),
  ];
  return {
    wrong,
    told:
      `10,000,000 keys against ${mostKeys.toLocaleString("en")}: table ${megabytes(bytesBefore)} before, ` +
      `${megabytes(bytesAfter)} after, cap ${megabytes(cap)}, RSS of two such ${megabytes(rss)}; ${turnedAway} turned away; ` +
      `p99.9 of a check ${calmUs.toFixed(1)} µs in peace, ${floodedUs.toFixed(1)} µs flooded, ratio ${ratio.toFixed(2)} ` +
      `(${interrupted.calmUs.toFixed(1)} and ${interrupted.floodedUs.toFixed(1)} µs with what interrupts this machine)`,
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
