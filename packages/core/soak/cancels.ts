import { cancel } from "./cancelled.ts";
import type { Soaked } from "./soaked.ts";

/** A million leases, cancelled at random points of their lives. */
export function soakCancels(): Soaked {
  const { granted, refused, checkpoints, ends, foundExpired, wrong, left, listeners } = cancel({
    leases: 1_000_000,
    seed: Math.floor(Math.random() * 2 ** 31),
  });
  const { inFlight, keys, leases } = left;
  const hasLeft = inFlight + keys + leases + listeners > 0;
  return {
    wrong: [...wrong.slice(0, 5), ...(hasLeft ? ["something is left"] : [])],
    told:
      `${granted.toLocaleString("en")} leases, ${refused.toLocaleString("en")} refused; ` +
      `${Object.entries(ends)
        .map(([end, count]) => `${end} ${count.toLocaleString("en")}`)
        .join(
          ", ",
        )}; ${foundExpired.toLocaleString("en")} expired; ${checkpoints} checkpoints, ${wrong.length} wrong; ` +
      `left ${inFlight} in flight, ${keys} keys, ${leases} leases`,
  };
}
