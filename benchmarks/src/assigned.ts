import { flushCompileCache } from "node:module";

import { named } from "./named.ts";
import type { Sample } from "./report.ts";

/** What a child process is told: which job is done, by which subject. The rest is the task's. */
interface Assignment {
  readonly job: string;
  readonly subject: string;
}

interface Named {
  readonly name: string;
}

interface Job<S extends Named, T> extends Named {
  readonly subjects: readonly S[];
  run(task: T): Promise<readonly Sample[]>;
}

/** Does the task of `jobs` that this process was started for, and sends what came of it. */
export async function doAssigned<S extends Named, T extends { readonly subject: S }>(
  jobs: readonly Job<S, T>[],
): Promise<void> {
  // It is killed once it has answered, and would write nothing then.
  flushCompileCache();
  const { job, subject, ...rest }: Assignment = JSON.parse(process.argv[2]!);
  const found = named(jobs, job);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- as the runner sends it
  const task = { ...rest, subject: named(found.subjects, subject) } as unknown as T;
  process.send!(await found.run(task));
}
