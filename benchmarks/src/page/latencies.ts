import type { LineSeriesOption } from "echarts/charts";

import { quantileMetrics } from "../quantiles.ts";
import { amount } from "./amount.ts";
import { colours, draw } from "./drawing.ts";
import { titleOf } from "./title.ts";

/** The quantiles of a subject's single calls, from p50 to p99.9, in nanoseconds. */
export interface Latency {
  readonly subject: string;
  readonly isOwn: boolean;
  readonly ns: readonly number[];
}

const dashes: readonly (readonly number[])[] = [
  [6, 4],
  [2, 3],
  [10, 3, 2, 3],
  [12, 4],
  [1, 2],
  [16, 3, 3, 3],
  [4, 1],
];
const symbols = [
  "rect",
  "triangle",
  "diamond",
  "emptyCircle",
  "emptyRect",
  "emptyTriangle",
  "emptyDiamond",
];
const shares = { p50: "50 %", p90: "90 %", p99: "99 %", p999: "99.9 %" } as const;

/** A curve for each subject: so many of its calls are faster than that. */
export function drawLatencies(heading: string, all: readonly Latency[]): string {
  const series = all.map(({ subject, isOwn, ns }, index): LineSeriesOption => ({
    type: "line",
    name: subject,
    silent: true,
    data: [...ns],
    z: isOwn ? 3 : 2,
    symbol: isOwn ? "circle" : symbols[index % symbols.length]!,
    symbolSize: isOwn ? 8 : 7,
    itemStyle: { color: isOwn ? colours.own : colours.peer },
    lineStyle: {
      width: isOwn ? 3 : 1.5,
      color: isOwn ? colours.own : colours.peer,
      type: isOwn ? "solid" : [...dashes[index % dashes.length]!],
    },
    endLabel: {
      show: true,
      formatter: `${subject}  ${amount(ns.at(-1)!, "p999")}`,
      color: isOwn ? colours.own : colours.ink,
      fontSize: 12,
      fontWeight: isOwn ? "bold" : "normal",
      distance: 8,
      lineHeight: 16,
    },
    labelLayout: { moveOverlap: "shiftY" },
  }));
  const longest = Math.max(...all.map(({ subject }) => subject.length));
  const option = {
    title: titleOf(heading),
    grid: { left: 64, right: 80 + 6.4 * longest, top: 66, bottom: 52 },
    xAxis: {
      type: "category",
      boundaryGap: false,
      data: quantileMetrics.map((metric) => shares[metric]),
      name: "share of calls that are faster",
      nameLocation: "middle",
      nameGap: 28,
      nameTextStyle: { color: colours.muted, fontSize: 12 },
      axisLabel: { color: colours.muted, fontSize: 11 },
      axisLine: { lineStyle: { color: colours.muted } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "log",
      name: "time of one call (log scale)",
      nameTextStyle: { color: colours.muted, fontSize: 12, align: "left", padding: [0, 0, 0, -50] },
      min: 10 ** Math.floor(Math.log10(Math.min(...all.flatMap(({ ns }) => ns)))),
      axisLabel: {
        color: colours.muted,
        fontSize: 11,
        formatter: (ns: number) => amount(ns, "ns/op").replace(/\.0+(?= )/, ""),
      },
      splitLine: { lineStyle: { color: colours.rule } },
    },
    series,
  };
  return draw(option, { width: 540, height: 360, label: heading });
}
