import { spread } from "../figure.ts";
import type { Report, Row } from "../report.ts";
import type { Drawn } from "./charts.ts";
import { escapeText } from "./drawing.ts";

/** The page of a run: needs no network and no script. */
export function htmlPage(report: Report, drawn: readonly Drawn[]): string {
  const { machine, commit, at, quick, versions, rows } = report;
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.os}; Node ${versions["node"]}; commit ${commit}; ${at.slice(0, 10)}`;
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice: benchmarks</title>
<style>${style}</style>
<h1>Sluice beside its peers</h1>
<p>${escapeText(where)}.${quick ? " <strong>A first look: two rounds, smaller tables than the names of the works say, fewer of them.</strong>" : ""}</p>
<p>Bars are medians; the thin line goes from the lowest to the highest round. Sluice is striped and bold. What an answer of each
is worth stands below its charts: a fast wrong answer is not a win. Every figure is a row of the table at the end.</p>
${drawn.map((one) => sectionOf(one, report)).join("\n")}
<h2>Ratios</h2>
<p>Taken round by round, so that what slows a whole round cancels out.</p>
${tableOf(rows.filter(({ metric }) => metric === "ratio"))}
<h2>All rows</h2>
<details><summary>${rows.length} rows</summary>${tableOf(rows)}</details>
<h2>Versions</h2>
<p>${escapeText(packages.join(", "))}</p>
</html>
`;
}

function sectionOf({ section, drawings }: Drawn, { promises }: Report): string {
  const said = new Map(section.suites.flatMap((suite) => Object.entries(promises[suite] ?? {})));
  const list = [...said].map(
    ([name, promise]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(promise)}</dd>`,
  );
  return `<section>
<h2>${escapeText(section.heading)}</h2>
<p>${escapeText(section.text)}</p>
<div class="charts">
${drawings.map(({ svg }) => `<figure>${svg}</figure>`).join("\n")}
</div>
<h3>What an answer is worth</h3>
<dl>${list.join("\n")}</dl>
</section>`;
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { subject, work, metric, unit } = row;
    const what = metric === "ratio" ? unit : metric;
    const cells = [subject, work, what, spread(row, metric)];
    return `<tr>${cells.map((cell) => `<td>${escapeText(cell)}</td>`).join("")}</tr>`;
  });
  const head = ["subject", "work", "metric", "median (lowest – highest)"];
  return `<div class="table"><table><thead><tr>${head.map((name) => `<th>${name}</th>`).join("")}</tr></thead>
<tbody>${lines.join("\n")}</tbody></table></div>`;
}

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1f2328, #e6edf3); --muted: light-dark(#59636e, #a0a8b2);
  --paper: light-dark(#fefefe, #0f1318); --rule: light-dark(#d8dee4, #343b44); }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1460px; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--rule); padding-bottom: .3rem; }
p, dl { max-width: 75ch; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
figure { margin: 0; max-width: 100%; border: 1px solid var(--rule); border-radius: 6px; overflow: hidden; }
figure svg { display: block; max-width: 100%; height: auto; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem 1rem; color: var(--muted); }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--rule); }
td:last-child { font-variant-numeric: tabular-nums; white-space: nowrap; }
summary { cursor: pointer; }
`;
