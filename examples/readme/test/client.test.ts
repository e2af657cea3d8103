import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

import { startModelServer } from "@sluice/conformance";
import { describe, expect, it, onTestFinished } from "vitest";

async function run(source: string, env: Readonly<Record<string, string>>): Promise<string> {
  const file = fileURLToPath(new URL(`../src/${source}`, import.meta.url));
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child, "exit");
  return said;
}

describe("the examples of the client", () => {
  it("client.ts is answered by the model", async () => {
    const model = await startModelServer();
    onTestFinished(async () => model.close());
    const env = { OPENAI_BASE_URL: `${model.url}/v1`, OPENAI_API_KEY: "key" };
    expect(await run("client.ts", env)).toMatch(/^(?:abcd)+\n$/);
  });

  it("client-fallbacks.ts is answered by the smaller model where the larger one is overloaded", async () => {
    const server = createServer((request, response) => {
      request.on("data", (body: Buffer) => {
        const isLarge = body.includes('"large"');
        const choices = [{ index: 0, message: { content: "hello" }, finish_reason: "stop" }];
        response.writeHead(isLarge ? 503 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(isLarge ? {} : { object: "chat.completion", choices }));
      });
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const said = await run("client-fallbacks.ts", { MODEL_URL: `http://127.0.0.1:${port}` });
    expect(said).toMatch(/^(?:waiting \d+ ms \(retry\)\n)*200 smaller 4\ncomplete\n$/);
  });
});
