import { monitorEventLoopDelay } from "node:perf_hooks";

import { slidingWindow } from "@sluice/core";
import { estimate } from "@sluice/core/llm";
import { seededRandom } from "@sluice/core/testing";
import { expect, it, onTestFinished } from "vitest";

import { open, until } from "../ask.ts";
import { limited } from "../fixture.ts";
import type { Framework } from "../framework.ts";
import { startModelServer } from "../model-server.ts";
import { proxyTo } from "../proxy.ts";

/** What one aborted stream came to. */
interface Aborted {
  readonly produced: number;
  readonly charged: number;
  readonly closedAfterMs: number;
}

const tokens = 30;
// Of the events of one stream; where the client leaves is anywhere within.
const bytes = 150 * tokens;
const atOnce = 20;
const paceMs = 20;

/** Streams that end wherever the client pleases. `SLUICE_STREAMS` of them; default: 100. */
export function aborts<Req>(framework: Framework<Req>): void {
  const count = Number(process.env["SLUICE_STREAMS"] ?? 100);
  it(
    `charges each of ${count} streams that are aborted anywhere what was produced, and closes the upstream (litellm#35098, #9178)`,
    { timeout: 20_000 + count * 200 },
    async () => {
      const model = await startModelServer(paceMs);
      onTestFinished(async () => model.close());
      const body = { model: "m", messages: [], max_tokens: tokens, stream: true };
      const estimated = estimate.openai(body);
      const app = await limited(framework, {
        limits: [
          slidingWindow({
            name: "tpm",
            limit: 10_000,
            unit: "tokens",
            window: "1h",
            per: ["tenant"],
          }),
        ],
        options: {
          meter: "auto",
          cost: () => estimated,
          id: (request) => framework.header(request, "x-call"),
        },
        routes: { "/v1/chat/completions": proxyTo(model) },
      });
      const random = seededRandom(6);
      const results: Aborted[] = [];
      const held = monitorEventLoopDelay({ resolution: 5 });
      held.enable();
      onTestFinished(() => void held.disable());
      const one = async (id: string, leaveAt: number): Promise<void> => {
        const headers = { "x-tenant": id, "x-call": id };
        const message = await open(`${app.url}/v1/chat/completions`, { headers, body });
        let read = 0;
        for await (const chunk of message as AsyncIterable<Buffer>) {
          if ((read += chunk.length) >= leaveAt) break;
        }
        // Leaving the loop has destroyed the connection.
        const leftAtMs = performance.now();
        const call = model.calls.get(id)!;
        await until("the upstream connection is closed", () => call.closedAtMs !== undefined);
        await until("the lease has ended", () => hasSettled(id));
        results.push({
          produced: call.produced,
          charged: app.used(id)[0]! - estimated.inputTokens,
          closedAfterMs: call.closedAtMs! - leftAtMs,
        });
      };
      const settled = new Set<string>();
      let seen = 0;
      const hasSettled = (id: string): boolean => {
        for (; seen < app.events.length; seen++) {
          const event = app.events[seen]!;
          // The subject stands behind the name that was given.
          if (event.kind === "settle") settled.add(event.id.split("|")[0]!);
        }
        return settled.has(id);
      };
      const ids = Array.from({ length: count }, (_, at) => `stream-${at}`);
      const worker = async (): Promise<void> => {
        for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
          await one(id, random.integer(1, bytes));
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      expect(results).toHaveLength(count);
      expect(results.filter(({ produced, charged }) => Math.abs(produced - charged) > 1)).toEqual(
        [],
      );
      // Client, app and model share a process: whatever holds it up does so at each of the steps from one to the other.
      const mostMs = 100 + (4 * held.max) / 1e6;
      expect(results.filter(({ closedAfterMs }) => closedAfterMs > mostMs)).toEqual([]);
      // What had a name is remembered.
      expect(app.store.size().live).toBe(0);
    },
  );
}
