import { named } from "../named.ts";
import type { Job } from "./job.ts";
import type { Sizes } from "./sizes.ts";

/** Which task a child process does. */
interface Assignment {
  readonly job: string;
  readonly subject: string;
  readonly sizes: Sizes;
  readonly round: number;
}

/** Does the task of `jobs` that this process was started for, and sends what came of it. */
export async function doAssigned(jobs: readonly Job[]): Promise<void> {
  const { job, subject, sizes, round }: Assignment = JSON.parse(process.argv[2]!);
  const found = named(jobs, job);
  process.send!(await found.run({ subject: named(found.subjects, subject), sizes, round }));
}
