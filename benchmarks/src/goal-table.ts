import { figure, spread } from "./figure.ts";
import type { Goal } from "./goal.ts";
import type { Results } from "./results.ts";
import { spreadOf } from "./statistics.ts";
import type { Suite } from "./suite.ts";
import { table } from "./table.ts";
import { type Verdict, verdictOn } from "./verdict.ts";

/** How a suite's results stand to its goals, as lines of text. */
export function goalTable(suite: Suite, results: Results): string[] {
  const heads = ["work", "Sluice", "best peer", "ratio", "goal", "reached"];
  const rows = suite.goals.map((goal) => {
    const { work, metric } = goal;
    const verdict = verdictOn(goal, results, suite);
    const name = plain.has(metric) ? work : `${work} ${metric}`;
    if (verdict === undefined) return [name, "not measured", "", "", wanted(goal), ""];
    const { own, bestPeer, ratio, isReached } = verdict;
    return [
      name,
      spread(own, metric),
      bestPeer === undefined
        ? ""
        : `${figure(spreadOf([...bestPeer.series.values()]).value, metric)} ${bestPeer.name}`,
      ratio === undefined ? "" : `${spread(ratio, "ratio")} ${sense(verdict)}`,
      wanted(goal),
      isReached ? "yes" : "no",
    ];
  });
  return table(heads, rows);
}

/** What goes without saying. */
const plain: ReadonlySet<string> = new Set(["ns/op", "ops/s", "ratio"]);

function sense({ goal, ratio }: Verdict): string {
  return goal.as === "times-worse" ? `of ${ratio!.to}` : `better than ${ratio!.to}`;
}

function wanted({ atLeast, atMost }: Goal): string {
  if (atLeast !== undefined && atLeast === atMost) return `= ${atLeast}`;
  if (atLeast === undefined) return `<= ${atMost}`;
  return atMost === undefined ? `>= ${atLeast}` : `${atLeast} – ${atMost}`;
}
