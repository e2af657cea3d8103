import { describe, expect, it } from "vitest";

import { readOptions } from "../src/options.ts";

describe("the options of the demo", () => {
  it("have a default each, and files from where the command was typed", () => {
    const args = [
      "--trace",
      "a.csv",
      "--trace",
      "/b.csv",
      "--json",
      "out.json",
      "--limits",
      "rpm=5, tpm = 7",
    ];
    expect(readOptions(args, "/home")).toEqual({
      traces: ["/home/a.csv", "/b.csv"],
      speed: 60,
      forMs: 40_000,
      limits: { rpm: 5, tpm: 7 },
      upstream: undefined,
      model: "stand-in",
      json: "/home/out.json",
    });
  });

  it("replay as recorded in front of a server that is there", () => {
    const { speed, upstream } = Object(readOptions(["--upstream", "http://[::1]:8000/v1/"], "/"));
    expect([speed, upstream]).toEqual([1, "http://[::1]:8000/v1"]);
  });

  it.each([
    [["--speed", "0"], '--speed: must be above 0 and at most 200, got "0"'],
    [["--speed", "201"], '--speed: must be above 0 and at most 200, got "201"'],
    [["--speed", "0x10"], '--speed: must be above 0 and at most 200, got "0x10"'],
    [["--for", "soon"], '--for: must be a time, as 30s or 2m, got "soon"'],
    [["--for", "0s"], '--for: must be a time, as 30s or 2m, got "0s"'],
    [
      ["--limits", "qps=1"],
      '--limits: must be a list as rpm=60,tpm=90000 of rpm, tpm, inflight, key-tpm, got "qps=1"',
    ],
    [["--limits", "rpm=-1"], 'got "rpm=-1"'],
    [
      ["--upstream", "localhost"],
      '--upstream: must be a URL, as http://127.0.0.1:8000/v1, got "localhost"',
    ],
    [["--sped", "2"], "Unknown option '--sped'"],
  ])("say what is wrong with %j", (args, message) => {
    expect(() => readOptions(args, "/")).toThrow(message);
  });
});
