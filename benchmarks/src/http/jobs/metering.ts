import type { Sample } from "../../report.ts";
import { median } from "../../statistics.ts";
import type { Task } from "../job.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";

/** A gateway's processor time for a stream that it meters, beside one that it only passes through. */
export async function metering({ sizes }: Task): Promise<Sample[]> {
  const model = await startProcess({ kind: "model", events: sizes.events });
  const open = async (isMetered: boolean): Promise<ServerProcess> =>
    startProcess({ kind: "gateway", upstream: model.port, isMetered });
  const plain = await open(false);
  const metered = await open(true);
  try {
    for (const gateway of [plain, metered]) await streamUs(gateway, sizes.streams * 3);
    const ratios: number[] = [];
    let before = await streamUs(plain, sizes.streams);
    for (let pair = 0; pair < sizes.pairs * 2; pair++) {
      const between = await streamUs(metered, sizes.streams);
      const after = await streamUs(plain, sizes.streams);
      ratios.push((2 * between) / (before + after));
      before = after;
    }
    return [{ work: "http-metered", metric: "ratio", value: median(ratios) }];
  } finally {
    for (const server of [model, plain, metered]) server.close();
  }
}

/** The time for one of `streams`, one after the other. */
async function streamUs(gateway: ServerProcess, streams: number): Promise<number> {
  const cpuUs = await gateway.cpuUs();
  for (let stream = 0; stream < streams; stream++) {
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
    const text = await answer.text();
    if (!text.endsWith("data: [DONE]\n\n")) throw new Error("the stream did not end");
  }
  return ((await gateway.cpuUs()) - cpuUs) / streams;
}
