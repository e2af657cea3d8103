// How the scripts of this package call cargo: one printed line where there is none, a failure where SLUICE_NATIVE is `require`.

import { spawnSync } from "node:child_process";

const { SLUICE_NATIVE: wanted } = process.env;
const crate = new URL("../crate/", import.meta.url);

/** Ends the process, well unless the addon is required, where this machine has no cargo. */
export function needCargo(what) {
  if (wanted !== "off" && spawnSync("cargo", ["--version"]).status === 0) return;
  const why = wanted === "off" ? "SLUICE_NATIVE is off" : "no cargo on this machine";
  const line = `core-native: ${why}, ${what}; the store in pure TypeScript is tested alone`;
  process.stdout.write(`${line}\n`);
  process.exit(wanted === "require" ? 1 : 0);
}

/** Runs cargo in the crate; ends the process where it fails. */
export function cargo(...args) {
  const { status } = spawnSync("cargo", args, { cwd: crate, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
