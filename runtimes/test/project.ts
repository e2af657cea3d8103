import { inject } from "vitest";

/** The folder of a project outside the workspace that has the packages as published, and a copy of `src`. */
export function project(): string {
  const made = inject("project");
  if ("problem" in made) throw new Error(`could not pack the packages: ${made.problem}`);
  return made.folder;
}
