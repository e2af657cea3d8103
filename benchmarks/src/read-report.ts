import { type Report, type Row, units } from "./report.ts";

type Shape = Readonly<Record<string, "string" | "number" | "boolean" | "object">>;

const reportShape: Shape = {
  machine: "object",
  versions: "object",
  commit: "string",
  at: "string",
  quick: "boolean",
  promises: "object",
  rows: "object",
  courses: "object",
};
const machineShape: Shape = { cpu: "string", cores: "number", memoryGb: "number", os: "string" };
const rowShape: Shape = {
  subject: "string",
  work: "string",
  metric: "string",
  unit: "string",
  value: "number",
  low: "number",
  high: "number",
};
const courseShape: Shape = {
  subject: "string",
  work: "string",
  unit: "string",
  everyMs: "number",
  values: "object",
};

/** The run that `text` is the JSON of. Throws an `Error` that names `file`, what is wrong and where. */
export function readReport(text: string, file: string): Report {
  const wrong = (what: string): Error => new Error(`${file}: ${what}`);
  let report: Report;
  try {
    report = JSON.parse(text);
  } catch (error) {
    throw wrong(`is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const check = (part: object | null, shape: Shape, name: string): void => {
    const values = new Map<string, unknown>(Object.entries(part ?? {}));
    for (const [key, type] of Object.entries(shape)) {
      const value = values.get(key);
      // JSON has no NaN: it becomes null.
      if (typeof value === type && value !== null) continue;
      throw wrong(`${name}: ${key} must be of type ${type}, got ${JSON.stringify(value)}`);
    }
  };
  check(report, reportShape, "the run");
  check(report.machine, machineShape, "machine");
  const seen = new Set<string>();
  for (const row of report.rows) {
    const name = identityOf(row);
    check(row, rowShape, name);
    if (!(row.metric in units)) throw wrong(`${name}: there is no such metric`);
    if (row.low > row.value || row.value > row.high) {
      throw wrong(`${name}: the median must lie between the lowest and the highest`);
    }
    if (seen.has(name)) throw wrong(`${name}: is there twice`);
    seen.add(name);
  }
  for (const course of report.courses) check(course, courseShape, identityOf(course));
  return report;
}

/** What no two rows of a run share. */
export function identityOf({
  subject,
  work,
  metric,
  unit,
}: Pick<Row, "subject" | "work" | "unit"> & Partial<Row>): string {
  return metric === "ratio" ? `${subject} ${work} ${unit}` : [subject, work, metric].join(" ");
}
