import type { RequestListener } from "node:http";

import { describe, expect, it, onTestFinished } from "vitest";

import { listen } from "../src/listen.ts";
import { type Answers, replay } from "../src/replay.ts";

async function replayed(
  answer: RequestListener,
  atMs: readonly number[],
  forMs = 10_000,
  signal = new AbortController().signal,
): Promise<Answers> {
  const { server, port } = await listen(answer);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const request = { tenant: "a", contextTokens: 1, generatedTokens: 1, stream: true };
  const requests = atMs.map((at) => ({ ...request, atMs: at }));
  return replay({ source: "test", requests }, { port, speed: 1, forMs, model: "modèle", signal });
}

describe("a replay", () => {
  it.each([
    [502, "application/json", '{"error":{"message":"no \\"model\\""}}', ['502: no "model"', 1]],
    [500, "text/html", "<h1>", ["500: Internal Server Error", 1]],
    [
      500,
      "application/json",
      String.raw`{"detail":"C:\models"}`,
      [String.raw`500: "C:\models"`, 1],
    ],
    [429, "application/json", '{"error":{"message":"slow"}}', ["429: slow", 1]],
    [503, "application/problem+json", '{"detail":"store"}', ["503: store", 1]],
    [429, "application/problem+json", '{"detail":"refused by the limiter"}', undefined],
    [200, "application/json", '{"choices":[{"message":{"content":"x"}}]}', undefined],
  ])("counts an answer %i in %s by its reason", async (status, type, body, failure) => {
    const { sent, failures } = await replayed(
      (_, res) => res.writeHead(status, { "content-type": type }).end(body),
      [0],
    );
    expect(sent).toBe(1);
    expect([...failures][0]).toEqual(failure);
  });

  it("counts an answer that breaks off by the reason in its last event, else by the socket's", async () => {
    let asked = 0;
    const { failures } = await replayed(
      (_, res) => {
        res.writeHead(200, { "content-type": "text/event-stream" });
        const last = asked++ === 0 ? 'data: {"error":{"message":"gone"}}\n\n' : "data: {}\n\n";
        res.write(last, () => setTimeout(() => res.destroy(), 20));
      },
      [0, 0],
    );
    expect(Object.fromEntries(failures)).toEqual({ gone: 1, "ECONNRESET: aborted": 1 });
  });

  it("sends a body that is whole, whatever the model's name", async () => {
    let body = "";
    await replayed(
      (req, res) => {
        req.setEncoding("utf8").on("data", (text: string) => (body += text));
        req.once("end", () => res.end());
      },
      [0],
    );
    expect(JSON.parse(body)).toMatchObject({ model: "modèle", stream: true });
  });

  it("sends nothing once its time is over", async () => {
    const answers = await replayed((_, res) => res.end(), [0, 2000], 1000);
    expect(answers).toMatchObject({ sent: 1, notSent: 1, unfinished: 0 });
  });

  it("does not call failed what was still running when it was stopped", async () => {
    const stop = new AbortController();
    const answers = await replayed(() => stop.abort(), [0, 9000], 10_000, stop.signal);
    expect(answers).toMatchObject({ sent: 1, notSent: 0, unfinished: 1 });
    expect(answers.failures.size).toBe(0);
  });
});
