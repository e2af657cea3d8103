import { figure } from "../figure.ts";
import { print } from "../print.ts";
import { table } from "../table.ts";
import { lostOf, runGate } from "./gate.ts";

/** Judges the hot paths, and says how each stands. 1 when one is too slow. */
export async function gateMain(signal: AbortSignal): Promise<number> {
  const ratios = await runGate({ signal });
  const lost = lostOf(ratios);
  const rows = ratios.map((race) => [
    race.name,
    figure(race.ratio, "ratio"),
    figure(race.atMost, "ratio"),
    lost.includes(race) ? "too slow" : "",
  ]);
  print(table(["hot path", "ratio", "at most", ""], rows, new Set(["ratio", "at most"])));
  print(["", "Times as long as a loop of the same run: each the fastest of short runs, by turns."]);
  return lost.length === 0 ? 0 : 1;
}
