// Builds the binary of this machine, from the lock file, to beside package.json, where the loader looks first.

import { copyFileSync, renameSync } from "node:fs";

import { platformName } from "../src/platform.ts";
import { cargo, needCargo } from "./cargo.mjs";

const built = {
  linux: "libsluice.so",
  darwin: "libsluice.dylib",
  win32: "sluice.dll",
};

needCargo("the addon is not built");
cargo("build", "--release", "--locked", "--quiet");
const from = new URL(`../crate/target/release/${built[process.platform]}`, import.meta.url);
const to = new URL(`../sluice.${platformName()}.node`, import.meta.url);
const fresh = new URL(`${to.href}.new`);
// Renamed into its place: a process that has the old one loaded keeps it.
copyFileSync(from, fresh);
renameSync(fresh, to);
