import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { certificateIn } from "../../packages/client-fetch/test/certificate.ts";
import {
  comeTo,
  truncationCases,
} from "../../packages/client-fetch/test/completeness/truncation-cases.ts";
import type { Tried } from "../../packages/client-fetch/test/completeness/try-cases.ts";
import { type RawServer, rawServer } from "../../packages/client-fetch/test/raw-server.ts";
import { fromPackage } from "./needed.ts";

const execute = promisify(execFile);
const client = fileURLToPath(
  new URL("../../packages/client-fetch/test/completeness/try-cases.ts", import.meta.url),
);
let folder: string;
let server: RawServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-truncation-"));
  await using build = await rolldown({ input: client, platform: "neutral" });
  await build.write({ file: join(folder, "client.mjs") });
  const certificate = await certificateIn(folder);
  server = await rawServer((path) => truncationCases[Number(path.slice(1))]!, certificate);
  const urls = truncationCases.map(({ isTls }, index) =>
    [isTls ? server.tlsUrl : server.url, index].join("/"),
  );
  const script = `import { tryCases } from "./client.mjs";
const all = await tryCases(${JSON.stringify(urls)});
process.stdout.write(JSON.stringify(all), () => process.exit());`;
  await writeFile(join(folder, "main.mjs"), script);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe.for([20, 22, 24, 26])("Node %i", (version) => {
  it("is told of every answer that is not whole, however it was cut, where its bytes tell", async (context) => {
    const node = fromPackage(context, `node${version}/bin/node`);
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") };
    const options = { cwd: folder, env, signal: context.signal, maxBuffer: 1 << 24 };
    const { stdout } = await execute(node, ["main.mjs"], options);
    const all = JSON.parse(stdout) as readonly Tried[];
    const told = truncationCases.map(({ title }, index) => [title, comeTo(all[index]!)]);
    const right = truncationCases.map(({ title, expected, except }) => [
      title,
      except?.nodes.includes(version) ? except.expected : expected,
    ]);
    expect(told).toEqual(right);
    // What the same fetch takes for whole without a word; the answers that are whole all the same are among them.
    const silent = all.filter(({ plain }) => plain === "accepted").length;
    expect(silent).toBeGreaterThan(truncationCases.length / 3);
  });
});
