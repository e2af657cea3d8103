/** Every engine that runs a program: its name, its program in a package, and what goes before the program's file. */
export const engines = [
  ["Node 20", "node20/bin/node", []],
  ["Node 22", "node22/bin/node", []],
  ["Node 24", "node24/bin/node", []],
  ["Node 26", "node26/bin/node", []],
  ["Bun", "@oven/bun-linux-x64-baseline/bin/bun", ["run"]],
  ["Deno", "@deno/linux-x64-glibc/deno", ["run", "--allow-all", "--no-remote"]],
] as const;
