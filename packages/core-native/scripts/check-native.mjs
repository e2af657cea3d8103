// What is checked of the Rust: its format, what clippy says, its own tests, and that it and core's engine are one and the same to the byte.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { cargo, needCargo } from "./cargo.mjs";

needCargo("the crate is not checked");
cargo("fmt", "--check");
cargo("clippy", "--locked", "--quiet", "--all-targets", "--", "-D", "warnings");
cargo("test", "--locked", "--quiet", "--no-default-features");
await replay(1, "alone");
await replay(Math.floor(Math.random() * 2 ** 31), "alone");
await replay(Math.floor(Math.random() * 2 ** 31), "shared");

/** Has both engines do the same random calls, and compares every answer, and every byte of their tables. */
async function replay(seed, how) {
  const args = [path("../soak/trace.ts"), `${seed}`, "50000", how];
  const trace = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  // Built with the tests.
  const player = spawn(path("../crate/target/debug/examples/replay"), {
    stdio: [trace.stdout, "ignore", "inherit"],
  });
  // Nobody else would read on.
  player.once("exit", () => trace.kill());
  const codes = await Promise.all([trace, player].map(async (child) => once(child, "exit")));
  if (codes.every(([code]) => code === 0)) return;
  process.stderr.write(`core-native: the engines differ: node ${args.join(" ")} | replay\n`);
  process.exit(1);
}

function path(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}
