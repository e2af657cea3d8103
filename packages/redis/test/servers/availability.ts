import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** What to type on a machine that has no server to test with. */
const howToInstall = `the tests of @sluice/redis need redis-server (or valkey-server) on the PATH. Install it, then run them again:
  Debian, Ubuntu  sudo apt-get update && sudo apt-get install -y --no-install-recommends redis-server
  Fedora          sudo dnf install -y valkey
  macOS           brew install redis
or name the program: SLUICE_REDIS_BINARY=/path/to/valkey-server npm test`;

/** The server program: what `SLUICE_REDIS_BINARY` names, else `redis-server` or `valkey-server` on the PATH. */
export function findServer(env: Environment = process.env): string | undefined {
  const named = env["SLUICE_REDIS_BINARY"];
  if (named !== undefined && named !== "") return isProgram(named) ? named : undefined;
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return ["redis-server", "valkey-server"]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(isProgram);
}

/**
 * As `findServer`, but throws `howToInstall` where there is none. That is so with `SLUICE_REDIS=require` and without: a test is never
 * skipped for want of a server.
 */
export function serverProgram(env: Environment = process.env): string {
  const program = findServer(env);
  if (program === undefined) throw new Error(howToInstall + requiredBy(env));
  return program;
}

function requiredBy(env: Environment): string {
  const isRequired = env["SLUICE_REDIS"] === "require";
  return isRequired ? "\nSLUICE_REDIS=require says that this machine has it" : "";
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
