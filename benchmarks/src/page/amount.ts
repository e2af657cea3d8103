import { figure } from "../figure.ts";
import type { Metric } from "../report.ts";

const times: ReadonlySet<Metric> = new Set(["ns/op", "p50", "p90", "p99", "p999"]);

/** What an axis of a metric is called. */
export function axisName(metric: Metric): string {
  if (times.has(metric)) return "time of one decision";
  const names: Partial<Record<Metric, string>> = {
    "ops/s": "decisions a second",
    "bytes/key": "bytes for a key",
    "server-us": "time of the server for one check",
    "added-us": "processor time added to a request",
    kept: "share of the requests a second that is kept",
    overshoot: "most tokens in any minute, in limits",
    used: "used of what all minutes allow",
    ratio: "ratio",
  };
  return names[metric] ?? metric;
}

/** A value with its unit, in three digits. */
export function amount(value: number, metric: Metric): string {
  if (times.has(metric)) return time(value);
  switch (metric) {
    case "server-us":
    case "added-us":
      return time(value * 1_000);
    case "ops/s":
      return `${short(value)}/s`;
    case "bytes/key":
    case "heap-bytes/key":
    case "rss-bytes/key":
      return `${short(value)} B`;
    case "kept":
    case "used":
    case "local":
      return `${(value * 100).toFixed(0)} %`;
    case "overshoot":
    case "ratio":
      return `${value.toFixed(2)} ×`;
    default:
      return figure(value, metric);
  }
}

function time(ns: number): string {
  if (Math.abs(ns) < 999.5) return `${digits(ns)} ns`;
  if (ns < 999_500) return `${digits(ns / 1e3)} µs`;
  if (ns < 999_500_000) return `${digits(ns / 1e6)} ms`;
  return `${digits(ns / 1e9)} s`;
}

function short(value: number): string {
  if (Math.abs(value) < 9_995) return Math.round(value).toLocaleString("en-US");
  if (value < 999_500) return `${digits(value / 1e3)} k`;
  return `${digits(value / 1e6)} M`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 99.95) return value.toFixed(0);
  return value.toFixed(size >= 9.995 ? 1 : 2);
}
