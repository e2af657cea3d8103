import { everyone } from "./plan.ts";

/** A number with its thousands apart. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** As many as there are of something: `1 request`, `2 requests`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A share as whole percents. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** A tenant as people read it. */
export function tenantName(tenant: string): string {
  return tenant === everyone ? "all (shared key)" : tenant;
}

/** How fast a replay is. */
export function pacing(speed: number): string {
  if (speed === 1) return "in real time";
  return speed > 1 ? `${speed} times faster than recorded` : `at ${speed} of the recorded speed`;
}
