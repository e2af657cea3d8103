import type { CourseOf } from "../report.ts";
import { colours, draw, font } from "./drawing.ts";
import { titleOf } from "./title.ts";

/** What one way to charge came to over time. */
export interface Panel {
  readonly heading: string;
  readonly isOwn: boolean;
  readonly course: CourseOf;
}

const panelHeight = 84;
const gap = 34;
const top = 48;

/** A panel for each way, one below the other, on one scale, with the limit as a line. */
export function drawCourses(heading: string, panels: readonly Panel[]): string {
  const most = Math.max(...panels.flatMap(({ course }) => course.values));
  const max = Math.ceil(most * 5 + 0.2) / 5;
  const tops = panels.map((_, index) => top + gap + index * (panelHeight + gap));
  const last = panels.length - 1;
  const option = {
    title: [
      titleOf(heading),
      ...panels.map((panel, index) => ({
        text: panel.heading,
        left: 12,
        top: tops[index]! - 24,
        textStyle: {
          color: panel.isOwn ? colours.own : colours.ink,
          fontSize: 12,
          fontWeight: panel.isOwn ? "bold" : "normal",
          fontFamily: font,
        },
      })),
    ],
    grid: tops.map((at) => ({ left: 44, right: 62, top: at, height: panelHeight })),
    xAxis: panels.map((_, index) => ({
      gridIndex: index,
      type: "value",
      max: "dataMax",
      name: index === last ? "minutes since the load began" : "",
      nameLocation: "middle",
      nameGap: 26,
      nameTextStyle: { color: colours.muted, fontSize: 12 },
      axisLabel: { show: index === last, color: colours.muted, fontSize: 11, showMaxLabel: false },
      axisLine: { show: true, onZero: false, lineStyle: { color: colours.muted } },
      axisTick: { show: index === last },
      splitLine: { show: false },
    })),
    yAxis: panels.map((_, index) => ({
      gridIndex: index,
      type: "value",
      min: 0,
      max,
      interval: 0.5,
      axisLabel: {
        color: colours.muted,
        fontSize: 11,
        showMaxLabel: false,
        formatter: (value: number) => (value === 1 || value % 1 === 0 ? `${value} ×` : ""),
      },
      splitLine: { lineStyle: { color: colours.rule } },
    })),
    series: panels.map(({ isOwn, course: { everyMs, values } }, index) => ({
      type: "line",
      xAxisIndex: index,
      yAxisIndex: index,
      silent: true,
      showSymbol: false,
      step: "end",
      data: values.map((value, slice) => [((slice + 1) * everyMs) / 60_000, value]),
      lineStyle: { width: 1.4, color: isOwn ? colours.own : colours.muted },
      areaStyle: { color: isOwn ? colours.own : colours.peer, opacity: 0.25 },
      markLine: {
        symbol: "none",
        silent: true,
        animation: false,
        lineStyle: { type: [6, 4], width: 1.6, color: colours.limit },
        label: { formatter: "the limit", position: "end", color: colours.limit, fontSize: 12 },
        data: [{ yAxis: 1 }],
      },
    })),
  };
  const height = tops[last]! + panelHeight + 56;
  return draw(option, { width: 540, height, label: heading });
}
