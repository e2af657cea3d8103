import type { Sample } from "../report.ts";
import type { Plan } from "../suite.ts";
import type { Sizes } from "./sizes.ts";
import type { Subject } from "./subjects.ts";

/** One subject's turn at a job. */
export interface Task {
  readonly subject: Subject;
  readonly sizes: Sizes;
}

/** Works of one server, and who does them. */
export interface Job extends Plan {
  readonly subjects: readonly Subject[];
  run(task: Task): Promise<readonly Sample[]>;
}
