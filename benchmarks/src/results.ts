import {
  type Course,
  type CourseOf,
  type Metric,
  type Row,
  type Sample,
  units,
  type Work,
} from "./report.ts";
import { spreadOf } from "./statistics.ts";

/** The values of one subject, work and metric, by round. */
export type Series = ReadonlyMap<number, number>;

/** What has been measured. */
export interface Results {
  add(subject: string, round: number, sample: Sample): void;
  /** Empty where nothing was measured. */
  series(subject: string, work: Work, metric: Metric): Series;
  rows(): Row[];
  courses(): CourseOf[];
}

/** Nothing measured yet. */
export function createResults(): Results {
  const all = new Map<string, Entry>();
  return {
    add(subject, round, { work, metric, value, course }) {
      const name = keyOf(subject, work, metric);
      const entry = all.get(name) ?? { subject, work, metric, values: new Map<number, number>() };
      entry.values.set(round, value);
      if (course !== undefined) entry.course = course;
      all.set(name, entry);
    },
    series: (subject, work, metric) =>
      all.get(keyOf(subject, work, metric))?.values ?? new Map<number, number>(),
    rows: () =>
      [...all.values()].map(({ subject, work, metric, values }) => ({
        subject,
        work,
        metric,
        unit: units[metric],
        ...spreadOf([...values.values()]),
      })),
    courses: () =>
      [...all.values()].flatMap(({ subject, work, metric, course }) =>
        course === undefined ? [] : [{ subject, work, unit: units[metric], ...course }],
      ),
  };
}

interface Entry {
  readonly subject: string;
  readonly work: Work;
  readonly metric: Metric;
  readonly values: Map<number, number>;
  /** Of the last round that told one. */
  course?: Course;
}

function keyOf(subject: string, work: Work, metric: Metric): string {
  return [subject, work, metric].join(" ");
}
