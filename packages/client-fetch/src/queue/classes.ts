import { failOption } from "@sluice/core";

/** What one class of calls is given. */
export interface ClassOptions {
  /** Its part of the tokens where several classes have calls waiting: twice the weight, twice the tokens. Above 0. Default: 1. */
  readonly weight?: number;
  /**
   * The part, below 1, of the places in flight and of a burst that is kept free for it: what lets it go at once while others wait. In places it is
   * kept for a minute after the class was last seen. Default: 0.
   */
  readonly share?: number;
}

/** Classes, by name. */
export type Classes = Readonly<Record<string, ClassOptions>>;

/** A class, checked. */
export interface QueueClass {
  readonly name: string;
  readonly weight: number;
  readonly share: number;
  /** What the shares of the others leave it. */
  readonly part: number;
}

/** Calls that someone waits for, and calls that have time. */
export const defaultClasses: Classes = Object.freeze({
  interactive: Object.freeze({ weight: 8, share: 0.5 }),
  batch: Object.freeze({ weight: 1, share: 0 }),
});

const most = 16;

/** The classes in their order, which decides between equals. Throws `invalid-option`. */
export function checkedClasses(given: Classes): readonly QueueClass[] {
  const names = typeof given === "object" && given !== null ? Object.keys(given) : [];
  if (names.length === 0 || names.length > most) {
    failOption("queue: classes", `an object of 1 to ${most} classes`, given);
  }
  const classes = names.map((name) => {
    const { weight = 1, share = 0 } = given[name]!;
    const at = `queue: class "${name}"`;
    if (name.length === 0 || name.length > 64) failOption(`${at} name`, "1 to 64 characters", name);
    if (!Number.isFinite(weight) || weight <= 0) {
      failOption(`${at} weight`, "a number above 0", weight);
    }
    if (!(share >= 0 && share < 1)) failOption(`${at} share`, "a number from 0, below 1", share);
    return { name, weight, share };
  });
  const shares = classes.reduce((sum, { share }) => sum + share, 0);
  if (shares > 0.9) failOption("queue: classes", "given shares of at most 0.9 in all", shares);
  return classes.map((each) => ({ ...each, part: 1 - (shares - each.share) }));
}
