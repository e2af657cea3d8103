import { LineChart, type LineSeriesOption } from "echarts/charts";
import { GridComponent, MarkLineComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

import type { Account } from "./ledger.ts";
import { tenantName } from "./words.ts";

use([LineChart, GridComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

const limitColor = "#d1432f";
const size = { width: 640, height: 260 };

/**
 * A page with a chart for each limit in tokens: what stood charged in the window over time, against the limit. `asked` is what
 * would have been charged without limits, by tenant and in the same slices of `sliceMs`.
 */
export function chartPage(
  accounts: readonly Account[],
  asked: Readonly<Record<string, readonly number[]>>,
  sliceMs: number,
  caption: string,
): string {
  const charts = accounts
    .filter(({ limit }) => limit.unit === "tokens")
    .map(
      (account) => `<figure>${drawChart(account, asked[account.tenant] ?? [], sliceMs)}</figure>`,
    );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice: tokens per window</title>
<style>
:root { color-scheme: light dark; --ink: light-dark(#222, #ddd); --paper: light-dark(#fff, #16181c); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1340px; margin: 2rem auto; padding: 0 1rem; }
figure { display: inline-block; margin: 0 0 1rem; max-width: 100%; }
svg { max-width: 100%; height: auto; }
svg text:not([fill="${limitColor}"]) { fill: var(--ink); }
</style>
<h1>Tokens per window against the limit</h1>
<p>${escape(caption)}</p>
<p>Solid: what stood charged. Dashed: the limit. Thin: what was asked for, cut off at five times the limit.</p>
${charts.join("\n")}
</html>
`;
}

function drawChart(
  { tenant, limit, history }: Account,
  asked: readonly number[],
  sliceMs: number,
): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  const points = (values: readonly number[]): [number, number][] =>
    values.map((value, slice) => [(slice * sliceMs) / 1000, value]);
  const line: LineSeriesOption = {
    type: "line",
    showSymbol: false,
    silent: true,
    animation: false,
  };
  chart.setOption({
    title: {
      text: `${tenantName(tenant)}: ${limit.name}`,
      textStyle: { fontSize: 14 },
    },
    grid: { left: 70, right: 20, top: 40, bottom: 40 },
    xAxis: {
      type: "value",
      name: "seconds",
      nameLocation: "middle",
      nameGap: 24,
      max: "dataMax",
      // No round number, and maybe too near to the one before.
      axisLabel: { showMaxLabel: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      max: limit.capacity * 5,
      splitNumber: 4,
      axisLabel: { showMaxLabel: false },
      splitLine: { lineStyle: { color: "#8884" } },
    },
    series: [
      { ...line, data: points(asked), lineStyle: { width: 1.5, color: "#999" } },
      {
        ...line,
        data: points(history),
        step: "end",
        lineStyle: { width: 2, color: "#2a78d6" },
        areaStyle: { color: "#2a78d6", opacity: 0.15 },
        markLine: {
          symbol: "none",
          silent: true,
          animation: false,
          lineStyle: { type: "dashed", width: 2, color: limitColor },
          label: {
            formatter: `limit ${limit.capacity.toLocaleString("en-US")}`,
            position: "insideEndTop",
            color: limitColor,
          },
          data: [{ yAxis: limit.capacity }],
        },
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}
