import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Kills what this process has started, and removes its folder, when this process ends, however it ends. */
export interface Watchdog {
  /** For the servers' files. */
  readonly folder: string;
  add(pid: number): void;
  /** Of a process that is gone: its id may be somebody else's soon. */
  drop(pid: number): void;
}

// Its standard input ends with this process, also when that was killed and could not say goodbye.
const script = `
trap '' INT TERM HUP
pids=' '
while read -r verb pid; do
  case $verb in
    add) pids="$pids$pid " ;;
    drop) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid"; done
rm -rf "$1"
`;

let started: Watchdog | undefined;

/** The one of this process. */
export function watchdog(): Watchdog {
  started ??= start();
  return started;
}

function start(): Watchdog {
  const folder = mkdtempSync(join(tmpdir(), "sluice-redis-"));
  const dog = spawn("sh", ["-c", script, "sh", folder], { stdio: ["pipe", "ignore", "ignore"] });
  dog.unref();
  if (dog.stdin instanceof Socket) dog.stdin.unref();
  return {
    folder,
    add: (pid) => void dog.stdin.write(`add ${pid}\n`),
    drop: (pid) => void dog.stdin.write(`drop ${pid}\n`),
  };
}
