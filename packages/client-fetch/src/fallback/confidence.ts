import { failOption } from "@sluice/core";

/** A number from 0 to 1. Throws `invalid-option`. */
export function checkedConfidence(of: string, value: unknown, option = "confidence"): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  return failOption(`${of}: ${option}`, "a number from 0 to 1", value);
}
