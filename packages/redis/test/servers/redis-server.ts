import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

import { withClient } from "./ask.ts";
import { serverProgram } from "./availability.ts";
import { launch } from "./launch.ts";
import { type Address, host, onFreePort, onSamePort } from "./port.ts";
import { watchdog } from "./watchdog.ts";

/** A server of our own, that may be hurt. */
export interface RedisServer extends Address, AsyncDisposable {
  readonly url: string;
  /** Of the process that was started last. */
  readonly pid: number;
  readonly isRunning: boolean;
  /** Ends the process by a signal, by default SIGKILL, and waits until it is gone: all that was not saved is lost. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP: connections stay open and new ones are accepted, and nothing is answered. */
  pause(): void;
  /** SIGCONT: all that was asked meanwhile is answered. */
  resume(): void;
  /** Writes the data to disk, for `restart({ data: "saved" })`, which so goes back to this moment. */
  save(): Promise<void>;
  /** Ends the process if it runs and starts it again, on the same port, by default without data. Waits until it is ready. */
  restart(options?: { readonly data: "empty" | "saved" }): Promise<void>;
  /** Ends the process for good and removes its files. */
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** More arguments of redis-server, as `["--maxmemory", "2mb"]`. */
  readonly args?: readonly string[];
}

/**
 * Starts the installed redis-server, or what `SLUICE_REDIS_BINARY` names, on a free port of the loopback address, without
 * persistence. It is ready when this resolves, and is gone when this process is.
 */
export async function startRedis({ args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
  const program = serverProgram();
  const folder = await mkdtemp(join(watchdog().folder, "server-"));
  const start = async (port: number) => {
    const own = ["--port", `${port}`, "--bind", host, "--dir", folder];
    const fast = ["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"];
    const running = await launch(
      program,
      [...own, ...fast, ...args],
      "Ready to accept connections",
    );
    return { port, running };
  };
  let { port, running } = await onFreePort(start);
  const kill = async (signal: NodeJS.Signals = "SIGKILL"): Promise<void> => running.end(signal);
  const stop = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    host,
    port,
    url: `redis://${host}:${port}`,
    get pid() {
      return running.pid;
    },
    get isRunning() {
      return !running.isGone;
    },
    kill,
    pause: () => running.signal("SIGSTOP"),
    resume: () => running.signal("SIGCONT"),
    async save() {
      await withClient({ host, port }, async (client) => client.save(), 60_000);
    },
    async restart({ data } = { data: "empty" }) {
      await kill();
      if (data === "empty") await rm(join(folder, "dump.rdb"), { force: true });
      ({ running } = await onSamePort(async () => start(port)));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
