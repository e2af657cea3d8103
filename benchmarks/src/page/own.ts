import { reserveExtend } from "../tokens/ways.ts";

/** Whether a subject is Sluice's. */
export function isOwn(subject: string): boolean {
  return /^(@?sluice\b)/.test(subject) || subject === reserveExtend.name;
}
