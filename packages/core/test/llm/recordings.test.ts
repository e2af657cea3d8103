import { describe, expect, it } from "vitest";

import { readSplit } from "./feed.ts";
import { anthropicRecordings } from "./recordings/anthropic.ts";
import { bedrockRecordings } from "./recordings/bedrock.ts";
import { cohereRecordings } from "./recordings/cohere.ts";
import { geminiRecordings } from "./recordings/gemini.ts";
import { responsesRecordings } from "./recordings/openai-responses.ts";
import { openaiRecordings } from "./recordings/openai.ts";

const recordings = [
  ...openaiRecordings,
  ...responsesRecordings,
  ...anthropicRecordings,
  ...geminiRecordings,
  ...cohereRecordings,
  ...bedrockRecordings,
];

it("there are more than forty recordings, each with a title of its own", () => {
  expect(new Set(recordings.map(({ title }) => title)).size).toBe(recordings.length);
  expect(recordings.length).toBeGreaterThan(40);
});

describe.each(recordings)("$title", ({ body, contentType, format, readAs, output, expected }) => {
  const options = { contentType, format: readAs ?? "auto" } as const;
  const whole = readSplit(body, [], options);

  it("is read as documented", () => {
    expect(whole).toMatchObject({ format: readAs ?? format, ...expected });
    expect((whole.truncation === undefined) === (whole.outcome !== "truncated")).toBe(true);
    // Right, or marked.
    expect(whole.isEstimated || whole.outputTokens === output).toBe(true);
  });

  it("is read the same byte by byte", () => {
    expect(readSplit(body, body.keys(), options)).toStrictEqual(whole);
  });

  it("is read the same split at every point", () => {
    // As text: a comparison in full is a hundred times slower than a reading.
    const same = JSON.stringify(whole);
    const different = Array.from(body.keys()).filter(
      (cut) => JSON.stringify(readSplit(body, [cut], options)) !== same,
    );
    expect(different).toStrictEqual([]);
  });

  it("is recognised, or not, without a content type", () => {
    const { framing, format: recognised } = readSplit(body, []);
    expect([framing, recognised]).toStrictEqual(
      body.length > 0 ? [whole.framing, format] : [undefined, undefined],
    );
  });

  it("cut anywhere is right or marked, and complete only if its end has come", () => {
    const endsByFinish = readAs === "mistral" || format === "gemini";
    const ends = Array.from(body.keys()).filter((end) => end % 4 === 0 || end > body.length - 100);
    const unsound = ends.filter((end) => {
      const reading = readSplit(body.subarray(0, end), [], options);
      const isDone = reading.ended || (endsByFinish && reading.finish === "complete");
      const isRight = reading.isEstimated || reading.outputTokens === output;
      return !isRight || (reading.outcome === "complete" && !isDone);
    });
    expect(unsound).toStrictEqual([]);
  });
});
