import type { CustomSeriesOption } from "echarts/charts";

import type { Metric, Row } from "../report.ts";
import { amount, axisName } from "./amount.ts";
import { barShape } from "./bar-shape.ts";
import { colours, draw } from "./drawing.ts";
import { titleOf } from "./title.ts";

/** A row as a bar. */
export interface Bar {
  readonly label: string;
  readonly row: Row;
  /** Sluice's, which stands out. */
  readonly isOwn: boolean;
}

const width = 460;
const barHeight = 26;
const half = barHeight * 0.32;
/** Beyond this ratio of the longest to the shortest, the shortest could not be seen. */
const most = 12;

/** Bars with the median written beside, and a line from the lowest to the highest round. */
export function drawBars(heading: string, metric: Metric, bars: readonly Bar[]): string {
  const values = bars.flatMap(({ row }) => [row.value, row.low, row.high]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isLog = low > 0 && high / low > most;
  const start = isLog ? 10 ** Math.floor(Math.log10(low * 0.9)) : Math.min(0, low);
  const end = isLog ? high * 1.1 : Math.max(high * 1.02, 0);
  const left = 27 + Math.max(...bars.map(({ label, isOwn }) => label.length * (isOwn ? 7.5 : 6.9)));
  const series: CustomSeriesOption = {
    type: "custom",
    silent: true,
    data: bars.map(({ row }, index) => [row.value, index, row.low, row.high, isLog ? start : 0]),
    encode: { x: [0, 2, 3], y: 1 },
    renderItem(_params, api) {
      const index = Number(api.value(1));
      const { isOwn, row } = bars[index]!;
      const x = (dimension: number): number => api.coord([Number(api.value(dimension)), index])[0]!;
      const [from, y] = api.coord([Number(api.value(4)), index]);
      const text = amount(row.value, metric);
      const place = { from: from!, y: y!, to: x(0), least: x(2), greatest: x(3), half };
      return barShape(place, text, isOwn);
    },
  };
  const height = 100 + bars.length * barHeight;
  const option = {
    title: titleOf(heading),
    grid: { left, right: 74, top: 46, bottom: 52 },
    xAxis: {
      type: isLog ? "log" : "value",
      min: start,
      max: isLog ? end : undefined,
      name: `${axisName(metric)}${isLog ? " (log scale)" : ""}`,
      nameLocation: "middle",
      nameGap: 28,
      nameTextStyle: { color: colours.muted, fontSize: 12 },
      splitNumber: 3,
      axisLabel: {
        color: colours.muted,
        fontSize: 11,
        hideOverlap: true,
        showMaxLabel: isLog ? false : undefined,
        formatter: (value: number) => amount(value, metric).replace(/\.0+(?=\D|$)/, ""),
      },
      splitLine: { lineStyle: { color: colours.rule } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: bars.map(({ label, isOwn }) => ({
        value: label,
        textStyle: { fontWeight: isOwn ? "bold" : "normal" },
      })),
      axisLabel: { color: colours.ink, fontSize: 12, interval: 0 },
      axisLine: { lineStyle: { color: colours.muted } },
      axisTick: { show: false },
    },
    series: [series],
  };
  return draw(option, { width, height, label: `${heading}: ${axisName(metric)}` });
}
