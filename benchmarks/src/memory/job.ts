import type { Sample } from "../report.ts";
import type { Plan } from "../suite.ts";
import type { Sizes } from "./sizes.ts";
import type { Subject } from "./subjects/subject.ts";

/** One subject's turn at a job, in a process of its own. */
export interface Task<S extends Subject = Subject> {
  readonly subject: S;
  readonly sizes: Sizes;
  /** From 0; decides what is drawn. */
  readonly round: number;
}

/** Works that share the state of one process, and who does them. */
export interface Job<S extends Subject = Subject> extends Plan {
  readonly subjects: readonly S[];
  run(task: Task<S>): Promise<readonly Sample[]>;
}
