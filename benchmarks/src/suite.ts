import type { Goal } from "./goal.ts";
import type { Results } from "./results.ts";

/** Works that share the state of one process, and who does them. */
export interface Plan {
  readonly name: string;
  readonly subjects: readonly { readonly name: string }[];
  /** In so many rounds, the first ones: 1 of what does not vary. Default: in all. */
  readonly rounds?: number;
  /** Who does it in a first look. Default: all. */
  readonly quick?: readonly { readonly name: string }[];
}

/** Who is judged, beside whom. */
export interface Field {
  readonly own: string;
  readonly peers: readonly string[];
}

/** What a suite needs while it runs. */
interface Ground {
  /** What each of its processes is told of it, as plain data. */
  readonly told: object;
  close(): Promise<void>;
}

/** Measurements of one kind of store. */
export interface Suite extends Field {
  readonly name: string;
  /** The module that does one assignment, in a process of its own. */
  readonly measure: URL;
  readonly jobs: readonly Plan[];
  readonly goals: readonly Goal[];
  /** Packages whose versions are told. */
  readonly packages: readonly string[];
  /** What the answer of each subject means, by its name. */
  readonly promises: Readonly<Record<string, string>>;
  /** What a first look has less of, in words. */
  readonly quickly: string;
  /** How much is measured, as plain data. */
  sizes(quick: boolean): object;
  /** Why nothing of it can be measured on this machine, if so. */
  missing?(): string | undefined;
  /** Makes ready what all of its processes share. Default: nothing. */
  open?(): Promise<Ground>;
  /** All that was measured, as lines of text, the goals apart. */
  tables(results: Results): string[];
}

/** The promises of `subjects` by their names, those of the first where several share one. */
export function promisesOf(
  subjects: readonly { readonly name: string; readonly promise: string }[],
): Record<string, string> {
  const promises: Record<string, string> = {};
  for (const { name, promise } of subjects) promises[name] ??= promise;
  return promises;
}
