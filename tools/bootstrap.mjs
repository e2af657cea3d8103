// Runs a command with the Node and pnpm this repository pins, fetching whichever of them the machine lacks from the npm
// registry, and with its dependencies installed. Needs Node 20 and npm on Linux, elsewhere Node 24; nothing else.
//
//   node tools/bootstrap.mjs pnpm run verify

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const parent = process.ppid;
const root = new URL("../", import.meta.url);
const cwd = fileURLToPath(root);
const read = (name) => readFileSync(new URL(name, root), "utf8").trim();

const pinnedNode = read(".node-version");
const { packageManager } = JSON.parse(read("package.json"));
const isFresh = !existsSync(new URL("node_modules", root));

if (isFresh)
  console.log(
    "Installing what this repository needs, from the npm registry: once, up to a minute.",
  );
const env = {
  ...process.env,
  PATH: pathWithTools(),
  DO_NOT_TRACK: "1",
  TURBO_TELEMETRY_DISABLED: "1",
};
const quiet = isFresh ? [] : ["--silent"];
// The tests run the packages in eight runtimes, of 350 MB: who only wants to see it run need not wait for them.
const needed = process.argv.includes("verify") ? [] : ["--filter", "!runtimes"];
const install = spawnSync("pnpm", ["install", ...quiet, ...needed], { cwd, env, stdio: "inherit" });
if (install.status !== 0) fail("could not install the dependencies", install.error);
run(process.argv.slice(2));

/** The PATH on which `node` and `pnpm` are the pinned ones. */
function pathWithTools() {
  const missing = [];
  if (major(process.versions.node) < major(pinnedNode)) missing.push(nodePackage());
  if (!hasPnpm()) missing.push(packageManager);
  if (missing.length === 0) return process.env.PATH;
  const packages = missing.flatMap((name) => ["--package", name]);
  const call = ["--yes", "--prefer-offline", ...packages, "--call", "printenv PATH"];
  const { status, stdout, error } = spawnSync("npx", call, {
    cwd,
    encoding: "utf8",
    stdio: ["inherit", "pipe", "inherit"],
  });
  if (status !== 0) fail(`could not fetch ${missing.join(" and ")}`, error);
  return stdout.trim().split("\n").at(-1);
}

/** Node itself, as an npm package: nodejs.org may be out of reach where the registry is not. */
function nodePackage() {
  const { platform, arch, versions } = process;
  if (platform === "linux" && (arch === "x64" || arch === "arm64")) {
    return `node-linux-${arch}@${pinnedNode}`;
  }
  return fail(`Node ${versions.node} is too old here: please install Node ${pinnedNode}`);
}

function hasPnpm() {
  const { stdout } = spawnSync("pnpm", ["--version"], { cwd, encoding: "utf8" });
  return major(stdout ?? "") === major(packageManager.split("@")[1]);
}

function major(version) {
  return Number(version.split(".")[0] || Number.NaN);
}

/** Ends as the command ends. Signals are its own to answer. */
function run([file, ...args]) {
  const child = spawn(file, args, { cwd, env, stdio: "inherit" });
  // Ctrl-C reaches the whole group of a terminal; other signals reach only whom they are sent to.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  // npm ends its shell and leaves us behind: without a parent there is nobody to run for.
  setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 1000).unref();
  child.on("error", (error) => fail(`could not start ${file}`, error));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

function fail(message, error) {
  console.error(`bootstrap: ${message}${error ? `: ${error.message}` : ""}`);
  process.exit(1);
}
