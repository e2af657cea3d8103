import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it, onTestFinished } from "vitest";

import { listen } from "../src/listen.ts";
import { chooseLoad } from "../src/load/choose.ts";
import { modelServer } from "../src/model-server.ts";
import type { Result } from "../src/result.ts";
import { mainFile, runDemo } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-"));
const json = join(folder, "result.json");
const report = new URL("../report/tokens.html", import.meta.url);
afterAll(() => rmSync(folder, { recursive: true }));

/** How many refusals say when to retry, and how many of those are exact. */
const exactness =
  /of which ([\d,]+) say when to retry;\s+by the record ([\d,]+) of those are exact/;

const resultOf = (file: string): Result => JSON.parse(readFileSync(file, "utf8")) as Result;

/** As long as it takes for every limit to have been reached, in several windows. */
const seconds = 6;

describe("npm start", () => {
  it("holds every limit under a load of more than three times the limits", async () => {
    const { code, output } = await runDemo(["--for", `${seconds}s`, "--json", json]);
    expect(output).toContain("Every limit held in every window.");
    expect(code).toBe(0);
    const { load, limits, refusals, latencyMs } = resultOf(json);
    expect(load.source).toBe(chooseLoad([], 1).source);
    expect(load.requests).toBeGreaterThan(500);
    expect(load.seconds).toBeGreaterThan(seconds - 1);

    const names = limits.map(({ tenant, limit }) => `${tenant} ${limit}`);
    const expected = ["chat-1", "chat-2", "code-1", "code-2"].flatMap((tenant) =>
      ["rpm", "tpm", "inflight"].map((limit) => `${tenant} ${limit}`),
    );
    expect(names).toEqual([...expected, "* key-tpm"]);
    for (const { limit, capacity, windowMs, worstWindow, ratio, bound } of limits) {
      expect(windowMs).toBe(limit === "inflight" ? 0 : 1000);
      expect(ratio).toBe(worstWindow / capacity);
      expect(bound).toBe(1);
      expect(ratio).toBeLessThanOrEqual(1);
      // Limits that are never reached would prove nothing.
      expect(ratio).toBeGreaterThan(0.2);
    }
    // What the tenants ask for in a mean minute, which lasts a second here, against what they may have.
    for (const tenant of ["chat-1", "chat-2", "code-1", "code-2"]) {
      const asked = chooseLoad([], seconds * 60_000).requests.filter(
        (request) => request.tenant === tenant,
      );
      const tokens = asked.reduce(
        (sum, each) => sum + each.contextTokens + each.generatedTokens,
        0,
      );
      const allowed = (name: string): number =>
        limits.find((row) => row.tenant === tenant && row.limit === name)!.capacity;
      expect(tokens / seconds / allowed("tpm")).toBeGreaterThan(3);
      expect(asked.length / seconds / allowed("rpm")).toBeGreaterThan(3);
    }
    expect(refusals.total).toBeGreaterThan(load.requests / 4);
    expect(refusals.withRetryAfter).toBe(refusals.total);
    const all = refusals.total.toLocaleString("en-US");
    expect(exactness.exec(output)?.slice(1)).toEqual([all, all]);
    expect(latencyMs.p99).toBeGreaterThanOrEqual(latencyMs.p50);
    expect(latencyMs.p50).toBeGreaterThan(0);
    const page = readFileSync(report, "utf8");
    expect(page.match(/<svg/g)).toHaveLength(5);
  });

  it("ends with 1, and names the limits, when the limiter is broken", async () => {
    const preload = new URL("break-limiter.mjs", import.meta.url);
    const { code, output } = await runDemo(["--for", "2s"], { preload });
    expect(output).toMatch(/chat-1 +tpm .* OVER\n/);
    expect(output).toMatch(/\d+ of 13 limits were exceeded beyond their bound\.\n$/);
    expect(code).toBe(1);
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "stops with a summary at %s, and leaves no process behind",
    async (signal) => {
      const interruption = { signal, after: " s  allowed" };
      const { code, output } = await runDemo(["--for", "20s"], { interruption });
      expect(output).toContain("Stopped before the end of the load.");
      expect(output).toContain("Every limit held in every window.");
      expect(output).not.toContain("failed");
      expect(code).toBe(0);
    },
  );

  it("ends quietly when nobody reads its output any more", async () => {
    const child = spawn(process.execPath, [mainFile, "--for", "20s"]);
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.stdout.once("data", () => child.stdout.destroy());
    // Its children share its stderr.
    await once(child, "close");
    expect(errors).toBe("");
  });

  it("says that a run proves little, and why, when the model server is not there", async () => {
    const { server, port } = await listen(() => {});
    server.close();
    const upstream = `http://127.0.0.1:${port}/v1`;
    const args = ["--upstream", upstream, "--speed", "60", "--for", "1s", "--json", json];
    const { code, output } = await runDemo(args);
    expect(output).toContain(`connect ECONNREFUSED 127.0.0.1:${port}`);
    expect(output).toMatch(/[\d,]+ of [\d,]+ requests failed: this run proves little\.\n$/);
    expect(code).toBe(2);
  });

  it("protects a model server that is already there", async () => {
    const { server, port } = await listen(modelServer(60));
    onTestFinished(() => void server.close());
    let asked = 0;
    server.on("request", (req: IncomingMessage) => {
      expect(req.headers).not.toHaveProperty("x-stand-in-tokens");
      asked++;
    });
    const upstream = `http://127.0.0.1:${port}/v1/`;
    const args = ["--upstream", upstream, "--speed", "60", "--for", "1s", "--json", json];
    const { code, output } = await runDemo(args);
    expect(output).toContain(`http://127.0.0.1:${port}/v1`);
    expect(code).toBe(0);
    const { load, refusals } = resultOf(json);
    expect(asked).toBe(load.requests - refusals.total);
    expect(asked).toBeGreaterThan(10);
  });

  it("replays any trace under given limits, and says which", async () => {
    const trace = join(folder, "mine.csv");
    const rows = Array.from(
      { length: 100 },
      (_, second) =>
        `2026-01-01 00:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}.5,${second * 10},5`,
    );
    writeFileSync(trace, `TIMESTAMP,ContextTokens,GeneratedTokens\n${rows.join("\n")}\n`);
    const args = ["--trace", trace, "--speed", "100", "--for", "2s", "--json", json];
    const { code, output } = await runDemo([
      ...args,
      "--limits",
      "rpm=5, tpm=1500, inflight = 2,key-tpm=2000",
    ]);
    expect(code).toBe(0);
    expect(output).toContain(trace);
    const { load, limits, refusals } = resultOf(json);
    expect(load).toMatchObject({ source: trace, requests: 100 });
    expect(limits.map(({ tenant, limit, capacity }) => [tenant, limit, capacity])).toEqual([
      ["mine-1", "rpm", 5],
      ["mine-1", "tpm", 1500],
      ["mine-1", "inflight", 2],
      ["mine-2", "rpm", 5],
      ["mine-2", "tpm", 1500],
      ["mine-2", "inflight", 2],
      ["*", "key-tpm", 2000],
    ]);
    // From the 48th on, a prompt and its 1,024 tokens never fit: there is nothing to wait for.
    expect(refusals.withRetryAfter).toBeLessThan(refusals.total);
    expect(refusals.total - refusals.withRetryAfter).toBe(52);
  });

  it.each([
    [["--for", "soon"], '--for: must be a time, as 30s or 2m, got "soon"'],
    [["--trace", "/nowhere.csv"], "--trace /nowhere.csv: ENOENT: no such file or directory"],
    [["--json", tmpdir()], `--json: cannot write ${tmpdir()}: EISDIR`],
    [["--json", "/dev/null/x.json"], "--json: cannot write /dev/null/x.json: "],
  ])("says what is wrong with %j", async (args, message) => {
    const { code, output } = await runDemo(args);
    expect(output).toContain(message);
    expect(output).toMatch(/\nsee npm start -- --help\n$/);
    expect(output).not.toContain("    at ");
    expect(code).toBe(2);
  });

  it("says which record of a trace is wrong", async () => {
    const trace = join(folder, "bad.csv");
    writeFileSync(
      trace,
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-01-01 00:00:00,5,1\n2026-01-01 00:00:01,many,1\n",
    );
    const { code, output } = await runDemo(["--trace", trace]);
    expect(output).toContain(
      `${trace}, record 2: ContextTokens must be a whole number of at most 1000000, got "many"`,
    );
    expect(output).not.toContain("    at ");
    expect(code).toBe(2);
  });
});
