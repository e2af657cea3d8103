import type { Report, Row } from "../src/report.ts";

/** A run that came to `rows`. */
export function reportOf(rows: readonly Row[], rest: Partial<Report> = {}): Report {
  return {
    machine: { cpu: "of a test", cores: 2, memoryGb: 8, os: "Linux 6" },
    versions: { node: "24.0.0" },
    commit: "0123456789ab",
    at: "2026-01-01T00:00:00.000Z",
    quick: false,
    promises: {},
    rows,
    courses: [],
    ...rest,
  };
}

/** A row of which only `differing` matters. */
export function rowOf(differing: Partial<Row>): Row {
  return {
    subject: "sluice-memory",
    work: "hot",
    metric: "ns/op",
    unit: "ns",
    value: 1,
    low: 1,
    high: 1,
    ...differing,
  };
}
