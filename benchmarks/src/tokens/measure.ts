import { named } from "../named.ts";
import { jobs, type Sizes } from "./jobs.ts";

/** Which task a child process does. */
interface Assignment {
  readonly job: string;
  readonly subject: string;
  readonly sizes: Sizes;
  readonly round: number;
}

const { job, subject, ...task }: Assignment = JSON.parse(process.argv[2]!);
const found = named(jobs, job);
process.send!(await found.run({ subject: named(found.subjects, subject), ...task }));
