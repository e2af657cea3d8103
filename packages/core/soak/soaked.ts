/** What came of a check: one line, and what was wrong. */
export interface Soaked {
  readonly told: string;
  readonly wrong: readonly string[];
}
