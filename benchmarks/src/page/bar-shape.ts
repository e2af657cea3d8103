import type { CustomSeriesOption } from "echarts/charts";

import { colours, font } from "./drawing.ts";

type Shape = ReturnType<NonNullable<CustomSeriesOption["renderItem"]>>;

/** Where a bar is, in pixels. */
interface Place {
  readonly from: number;
  readonly to: number;
  readonly y: number;
  /** Of its height. */
  readonly half: number;
  /** The ends of its spread. */
  readonly least: number;
  readonly greatest: number;
}

const stripe = 8;

/** A bar, striped where it is Sluice's, with its spread as a line and its value beside. */
export function barShape(place: Place, text: string, isOwn: boolean): Shape {
  const { from, to, y, half, least, greatest } = place;
  const stripes = isOwn ? Math.max(0, Math.floor((to - from) / stripe)) : 0;
  return {
    type: "group",
    children: [
      {
        type: "rect",
        shape: { x: Math.min(from, to), y: y - half, width: Math.abs(to - from), height: half * 2 },
        style: { fill: isOwn ? colours.own : colours.peer },
      },
      ...Array.from({ length: stripes }, (_, index) => {
        const x = from + index * stripe;
        return {
          type: "line" as const,
          shape: { x1: x, y1: y + half, x2: x + stripe, y2: y - half },
          style: { stroke: colours.paper, lineWidth: 1, opacity: 0.55 },
        };
      }),
      line(least, y, greatest, y),
      line(least, y - 4, least, y + 4),
      line(greatest, y - 4, greatest, y + 4),
      {
        type: "text",
        x: Math.max(greatest, to, from) + 7,
        y,
        style: {
          text,
          fill: colours.ink,
          verticalAlign: "middle",
          font: `${isOwn ? "bold " : ""}12px ${font}`,
        },
      },
    ],
  };
}

function line(x1: number, y1: number, x2: number, y2: number) {
  return {
    type: "line" as const,
    shape: { x1, y1, x2, y2 },
    style: { stroke: colours.ink, lineWidth: 1.4 },
  };
}
