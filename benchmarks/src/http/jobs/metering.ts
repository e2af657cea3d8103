import type { Sample } from "../../report.ts";
import { median } from "../../statistics.ts";
import type { Task } from "../job.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";

const warmUpPairs = 2;

/**
 * A gateway's processor time for a stream that it meters, beside one that it only passes through. Both work at the same time, so that
 * whatever else the machine does slows both.
 */
export async function metering({ sizes }: Task): Promise<Sample[]> {
  const model = await startProcess({ kind: "model", events: sizes.events });
  const open = async (isMetered: boolean): Promise<ServerProcess> =>
    startProcess({ kind: "gateway", upstream: model.port, isMetered });
  const plain = await open(false);
  const metered = await open(true);
  try {
    const ratios: number[] = [];
    for (let pair = -warmUpPairs; pair < sizes.pairs; pair++) {
      const both = [metered, plain].map((gateway) => streamUs(gateway, sizes.streams));
      const [meteredUs, plainUs] = await Promise.all(both);
      if (pair >= 0) ratios.push(meteredUs! / plainUs!);
    }
    return [{ work: "http-metered", metric: "ratio", value: median(ratios) }];
  } finally {
    for (const server of [model, plain, metered]) server.close();
  }
}

/** The time for one of `streams` at once. */
async function streamUs(gateway: ServerProcess, streams: number): Promise<number> {
  const cpuUs = await gateway.cpuUs();
  await Promise.all(Array.from({ length: streams }, () => readStream(gateway.port)));
  return ((await gateway.cpuUs()) - cpuUs) / streams;
}

async function readStream(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  const text = await answer.text();
  if (!text.endsWith("data: [DONE]\n\n")) throw new Error("the stream did not end");
}
