import { CustomChart, LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TitleComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([CustomChart, LineChart, GridComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

/** What colours stand for, as light paper has them. */
export const colours = {
  ink: "#1f2328",
  muted: "#59636e",
  rule: "#d8dee4",
  own: "#0b62c4",
  peer: "#8d97a5",
  limit: "#c2352b",
  paper: "#fefefe",
} as const;

type Colour = keyof typeof colours;

const dark: Readonly<Record<Colour, string>> = {
  ink: "#e6edf3",
  muted: "#a0a8b2",
  rule: "#343b44",
  own: "#59a5ff",
  peer: "#727d8a",
  limit: "#ff8278",
  paper: "#0f1318",
};

/** Rules that turn the colours of a drawing to those of dark paper, where that is what the reader prefers. */
const darkRules = `@media (prefers-color-scheme: dark) {${Object.entries(dark)
  .map(([name, to]) => {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a key of `dark`
    const from = colours[name as Colour];
    return `[fill="${from}"]{fill:${to}}[stroke="${from}"]{stroke:${to}}`;
  })
  .join("")}}`;

export const font = "system-ui, sans-serif";

/** An SVG of `width` by `height` that needs nothing else, light or dark as its reader prefers. `label` says what it shows to who cannot see it. */
export function draw(
  option: EChartsCoreOption,
  { width, height, label }: { width: number; height: number; label: string },
): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: colours.paper,
    textStyle: { fontFamily: font },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return (
    svg
      // Ids count up from drawing to drawing: a page has many.
      .replaceAll(/zr\d+-/g, `${idOf(label)}-`)
      .replaceAll(/\n\s*/g, "")
      // The inside of a hollow symbol.
      .replaceAll('fill="#fff"', `fill="${colours.paper}"`)
      // For what a mouse does, which nothing here answers to; they count up as well.
      .replaceAll(/ class="[^"]*"|<style.*?<\/style>/g, "")
      .replace(/^<svg ([^>]*)>/, (_, attributes: string) => {
        return `<svg ${attributes} role="img" aria-label="${escapeText(label)}"><style>${darkRules}</style>`;
      })
  );
}

/** `text` as HTML or SVG shows it. */
export function escapeText(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}

function idOf(label: string): string {
  return label.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase();
}
