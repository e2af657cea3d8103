import type { Job } from "./job.ts";
import { jobs } from "./jobs/index.ts";
import type { Sizes } from "./sizes.ts";
import type { Subject } from "./subjects/subject.ts";

/** Which task a child process does. */
export interface Assignment {
  readonly job: string;
  readonly subject: string;
  readonly sizes: Sizes;
  readonly round: number;
}

const { job, subject, sizes, round }: Assignment = JSON.parse(process.argv[2]!);
const samples = await named<Job>(jobs, job).run({
  subject: named<Subject>(named<Job>(jobs, job).subjects, subject),
  sizes,
  round,
});
process.send!(samples);

function named<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`nothing is named "${name}"`);
  return found;
}
