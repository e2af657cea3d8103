import type { Sample } from "../report.ts";
import type { Plan } from "../suite.ts";
import type { Sizes } from "./sizes.ts";
import type { Subject } from "./subjects/subject.ts";

/** One subject's turn at a job, in a process of its own. */
export interface Task {
  readonly subject: Subject;
  readonly sizes: Sizes;
  /** From 0; decides what is drawn. */
  readonly round: number;
}

/** Works that share the state of one process, and who does them. */
export interface Job extends Plan {
  readonly subjects: readonly Subject[];
  run(task: Task): Promise<readonly Sample[]>;
}
