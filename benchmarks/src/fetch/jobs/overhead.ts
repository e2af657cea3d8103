import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Sample } from "../../report.ts";
import { median } from "../../statistics.ts";
import type { Task } from "../job.ts";
import type { Send } from "../subjects.ts";

interface Burst {
  readonly perSecond: number;
  /** Of this process, for each request. */
  readonly cpuUs: number;
}

/** Completions asked for without and with the subject, by turns: the requests per second that are kept, and the processor time that a request takes more. */
export async function completions({ subject, sizes }: Task): Promise<Sample[]> {
  const { requests, parallel, warmUpRequests } = sizes;
  const { kept, addedUs } = await overhead(subject.make(), sizes, {
    path: "/completion",
    parallel,
    many: requests,
    warmUp: warmUpRequests,
  });
  return [
    { work: "fetch", metric: "kept", value: kept },
    { work: "fetch", metric: "added-us", value: addedUs },
  ];
}

/** The same of streams, one after another. */
export async function streams({ subject, sizes }: Task): Promise<Sample[]> {
  const { streams: many, warmUpStreams: warmUp } = sizes;
  const work = { path: "/stream", parallel: 1, many, warmUp };
  const { kept } = await overhead(subject.make(), sizes, work);
  return [{ work: "fetch-stream", metric: "kept", value: kept }];
}

interface Work {
  readonly path: string;
  readonly parallel: number;
  readonly many: number;
  readonly warmUp: number;
}

async function overhead(
  own: Send,
  { pairs, events }: Task["sizes"],
  { path, parallel, many, warmUp }: Work,
): Promise<{ readonly kept: number; readonly addedUs: number }> {
  const server = fork(fileURLToPath(new URL("../server.ts", import.meta.url)), [String(events)]);
  try {
    const url = `http://127.0.0.1:${await portOf(server)}${path}`;
    await burst(fetch, url, parallel, warmUp);
    await burst(own, url, parallel, warmUp);
    const kept: number[] = [];
    const addedUs: number[] = [];
    let before = await burst(fetch, url, parallel, many);
    for (let pair = 0; pair < pairs; pair++) {
      const between = await burst(own, url, parallel, many);
      const after = await burst(fetch, url, parallel, many);
      // The same on both sides, so that a machine that gets slower slows all.
      kept.push((2 * between.perSecond) / (before.perSecond + after.perSecond));
      addedUs.push(between.cpuUs - (before.cpuUs + after.cpuUs) / 2);
      before = after;
    }
    return { kept: median(kept), addedUs: median(addedUs) };
  } finally {
    server.kill("SIGKILL");
  }
}

async function portOf(server: ChildProcess): Promise<number> {
  const ended = once(server, "exit").then(([code]): never => {
    throw new Error(`the server ended with code ${code}`);
  });
  const [port] = await Promise.race([once(server, "message"), ended]);
  ended.catch(() => {});
  return Number(port);
}

const init: Parameters<Send>[1] = {
  method: "POST",
  headers: { "content-type": "application/json", authorization: "Bearer key" },
  body: JSON.stringify({
    model: "tiny",
    messages: [
      { role: "system", content: "You answer in a few words." },
      { role: "user", content: "What is a sluice, and what is it good for?" },
    ],
  }),
};

async function burst(own: Send, url: string, parallel: number, many: number): Promise<Burst> {
  let left = many;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const text = await (await own(url, init)).text();
      if (text.length < 300) throw new Error(`got ${text.length} bytes`);
    }
  };
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  await Promise.all(Array.from({ length: parallel }, work));
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: many / seconds, cpuUs: (user + system) / many };
}
