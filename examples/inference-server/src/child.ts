import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { Event } from "./events.ts";

/** A process of the demo that listens on a loopback port. */
export interface Child {
  readonly port: number;
  /** Settles when it has reported all that happened and is gone. */
  stop(): Promise<void>;
}

/** What the body of a child process starts. */
export interface Service {
  readonly port: number;
  stop(): Promise<void>;
}

type ToChild<Settings> =
  | { readonly type: "start"; readonly settings: Settings }
  | { readonly type: "stop" };
type ToParent =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "events"; readonly events: readonly Event[] };

/** Starts `module`, beside this one, in a process of its own and waits until it listens. */
export async function startChild(
  module: string,
  settings: unknown,
  onEvents: (events: readonly Event[]) => void = () => {},
): Promise<Child> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)));
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.on("message", (message: ToParent) => {
      if (message.type === "ready") resolve(message.port);
      else onEvents(message.events);
    });
    // Also later: a message to a child that has just gone must not end us.
    child.on("error", reject);
    child.once("exit", (code) => reject(new Error(`${module} ended with code ${code}`)));
    child.send({ type: "start", settings });
  });
  return {
    port,
    async stop() {
      await stopped(child, exited);
    },
  };
}

async function stopped(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.connected) child.send({ type: "stop" });
  // A child that hangs must not keep the summary from being printed.
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await exited;
  clearTimeout(timer);
}

/** Runs in a child process: starts its service when told to, and ends with its parent. */
// eslint-disable-next-line typescript/no-unnecessary-type-parameters -- says what the parent sends, which has no other type
export function runAsChild<Settings>(
  start: (settings: Settings, report: (events: readonly Event[]) => void) => Promise<Service>,
): void {
  // Signals often reach the whole group; the parent decides when to stop.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
  process.on("disconnect", () => process.exit());
  let service: Service | undefined;
  const sending = new Set<Promise<void>>();
  const tell = (message: ToParent): void => {
    const sent = sendToParent(message).finally(() => sending.delete(sent));
    sending.add(sent);
  };
  process.on("message", (message: ToChild<Settings>) => {
    if (message.type === "start") {
      void start(message.settings, (events) => tell({ type: "events", events })).then((started) => {
        service = started;
        tell({ type: "ready", port: started.port });
      });
    } else {
      // All that was reported must have been sent first.
      void service?.stop().then(async () => {
        await Promise.all(sending);
        process.disconnect();
      });
    }
  });
}

async function sendToParent(message: ToParent): Promise<void> {
  // A parent that has gone is told nothing; "disconnect" ends us.
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}
