import { named } from "../named.ts";
import { jobs } from "./jobs/index.ts";
import type { Sizes } from "./sizes.ts";

/** Which task a child process does. */
interface Assignment {
  readonly job: string;
  readonly subject: string;
  readonly sizes: Sizes;
}

const { job, subject, sizes }: Assignment = JSON.parse(process.argv[2]!);
const found = named(jobs, job);
process.send!(await found.run({ subject: named(found.subjects, subject), sizes }));
