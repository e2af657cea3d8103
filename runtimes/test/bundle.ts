import { join } from "node:path";

import { type OutputChunk, type OutputOptions, rolldown } from "rolldown";

import { project } from "./project.ts";

type Options = Pick<OutputOptions, "format" | "minify" | "name"> & {
  /** What the code imports when it runs. Default: nothing, all is bundled. */
  readonly external?: readonly (string | RegExp)[];
};

/** Bundles a module of one statement, at the root of the project that has the packages as published. */
export async function bundle(
  statement: string,
  { external = [], ...options }: Options = {},
): Promise<OutputChunk> {
  const entry = join(project(), "entry.ts");
  await using build = await rolldown({
    input: entry,
    external: [...external],
    platform: "neutral",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? statement : undefined),
      },
    ],
  });
  const { output } = await build.generate(options);
  if (output.length > 1) throw new Error(`expected one chunk, got ${output.length}`);
  return output[0];
}
