import { quantileMetrics } from "../quantiles.ts";
import { isMoreBetter, type Report, type Row, type Work } from "../report.ts";
import { amount } from "./amount.ts";
import { type Bar, drawBars } from "./bars.ts";
import { drawCourses, type Panel } from "./courses.ts";
import { drawLatencies } from "./latencies.ts";
import { isOwn } from "./own.ts";
import { type Chart, type Section, sections } from "./sections.ts";

/** A drawing, under the name of its file. */
interface Drawing {
  readonly name: string;
  readonly svg: string;
}

/** What of the page there are rows for. */
export interface Drawn {
  readonly section: Section;
  readonly drawings: readonly Drawing[];
}

/** The drawings of `report`, by section. What nobody has thought of a drawing for is drawn as bars, in a section of its own. */
export function chartsOf(report: Report): Drawn[] {
  return [...sections, ...otherSections(report)]
    .map((section) => ({
      section,
      drawings: section.charts.flatMap((chart) => drawingOf(chart, report) ?? []),
    }))
    .filter(({ drawings }) => drawings.length > 0);
}

/** A section for each suite without one: of the works whose names begin as the suite's. */
function otherSections({ promises, rows }: Report): Section[] {
  const known = new Set(sections.flatMap(({ suites }) => suites));
  return Object.keys(promises)
    .filter((suite) => !known.has(suite))
    .map((suite) => {
      const measured = new Map<string, Chart>();
      for (const { work, metric } of rows) {
        if (!work.startsWith(suite) || metric === "ratio") continue;
        const heading = `${work}, ${metric}`;
        measured.set(heading, { kind: "bars", heading, work, metric });
      }
      return { heading: suite, text: "", suites: [suite], charts: [...measured.values()] };
    });
}

function drawingOf(chart: Chart, report: Report): Drawing | undefined {
  switch (chart.kind) {
    case "bars": {
      const { work, metric, heading, beside = [] } = chart;
      const own = beside.map((other): Bar[] => barsOf(report, other, chart, limitsLabel));
      const bars = [...barsOf(report, work, chart, nameOf), ...own.flat()];
      if (bars.length === 0) return undefined;
      const sign = isMoreBetter(metric) ? -1 : 1;
      const sorted = bars.toSorted((a, b) => sign * (a.row.value - b.row.value));
      return { name: fileName(work, metric), svg: drawBars(heading, metric, sorted) };
    }
    case "works": {
      const { works, metric, heading } = chart;
      const own = works.flatMap((work) =>
        barsOf(report, work, chart, () => work).filter(({ row }) => isOwn(row.subject)),
      );
      const isOne = new Set(own.map(({ row }) => row.subject)).size === 1;
      const bars = own.map((bar) =>
        isOne ? bar : { ...bar, label: `${bar.label}, ${bar.row.subject.slice("sluice-".length)}` },
      );
      if (bars.length === 0) return undefined;
      return { name: fileName(works.join("-"), metric), svg: drawBars(heading, metric, bars) };
    }
    case "latencies":
      return latenciesOf(chart.heading, chart.work, report);
    case "courses":
      return coursesOf(chart.heading, chart.work, report);
  }
}

function barsOf(
  { rows }: Report,
  work: Work,
  { metric }: Extract<Chart, { readonly kind: "bars" | "works" }>,
  label: (row: Row) => string,
): Bar[] {
  return rows
    .filter((row) => row.work === work && row.metric === metric)
    .map((row) => ({ label: label(row), row, isOwn: isOwn(row.subject) }));
}

function nameOf({ subject, work }: Row): string {
  return subject === "sluice" && work.startsWith("http-") ? "sluice, 1 limit" : subject;
}

function limitsLabel({ subject }: Row): string {
  return `${subject}, 3 limits`;
}

function latenciesOf(heading: string, work: Work, { rows }: Report): Drawing | undefined {
  // What timing takes is in every call, and so belongs into the picture.
  const shown = rows.filter(
    (row) => row.work === work || (work === "uniform-1m" && row.work === "timer"),
  );
  const subjects = [...new Set(shown.map(({ subject }) => subject))];
  const all = subjects.flatMap((subject) => {
    const ns = quantileMetrics.map(
      (metric) => shown.find((row) => row.subject === subject && row.metric === metric)?.value ?? 0,
    );
    return ns.includes(0) ? [] : [{ subject, isOwn: isOwn(subject), ns }];
  });
  if (all.length === 0) return undefined;
  return { name: fileName(work, "latency"), svg: drawLatencies(heading, all) };
}

/** Those that differ most to the eye; the others are in the bars. */
const shownWays = ["charge-after", "reserve-max-4096", "reserve-mean", "reserve-extend"];

function coursesOf(heading: string, work: Work, report: Report): Drawing | undefined {
  const panels = shownWays.flatMap((way): Panel[] => {
    const course = report.courses.find((one) => one.subject === way && one.work === work);
    if (course === undefined) return [];
    const of = (metric: string): number =>
      report.rows.find((row) => row.subject === way && row.work === work && row.metric === metric)
        ?.value ?? 0;
    const worst = amount(of("overshoot"), "overshoot");
    const figures = `worst minute ${worst} the limit, used ${amount(of("used"), "used")}`;
    return [{ heading: `${way}: ${figures}`, isOwn: isOwn(way), course }];
  });
  if (panels.length === 0) return undefined;
  return { name: fileName(work, "course"), svg: drawCourses(heading, panels) };
}

function fileName(work: string, what: string): string {
  return `${work}-${what}`.replaceAll(/[^a-z0-9]+/gi, "-");
}
