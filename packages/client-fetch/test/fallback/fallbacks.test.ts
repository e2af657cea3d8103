import { describe, expect, it } from "vitest";

import { alternative, type AlternativeOptions } from "../../src/fallback/alternative.ts";
import { cached, type CachedAnswer, type CachedOptions } from "../../src/fallback/cached.ts";
import { type Rule, rules } from "../../src/fallback/rules.ts";
import { template, type TemplateOptions } from "../../src/fallback/template.ts";
import { asking, contextOf } from "./context.ts";

async function textOf(response: Response | undefined): Promise<string> {
  const { choices } = (await response!.json()) as {
    choices: readonly { readonly message: { readonly content: string } }[];
  };
  return choices[0]!.message.content;
}

describe("alternative", () => {
  it("asks another model at the same place, with the same headers but those of the body", async () => {
    const context = contextOf(asking(), new Response("ok"));
    const answer = await alternative({ model: "small" }).answer(context);
    expect(answer).toMatchObject({ source: "alternative", confidence: 0.8 });
    const [{ url, headers, body, method }] = context.sent as [(typeof context.sent)[0]];
    expect({ url, method }).toEqual({ url: context.asked.url, method: "POST" });
    expect(JSON.parse(body!)).toEqual({ ...(context.asked.json as object), model: "small" });
    expect(Object.fromEntries(headers)).toEqual({
      "content-type": "application/json",
      authorization: "Bearer mine",
    });
  });

  it("never sends what says who pays to another origin", async () => {
    const names = [
      "authorization",
      "api-key",
      "x-api-key",
      "x-goog-api-key",
      "cookie",
      "openai-organization",
      "openai-project",
      "proxy-authorization",
    ];
    const headers = new Headers(names.map((name) => [name, "mine"]));
    const context = contextOf(asking({ headers }), new Response("ok"));
    const url = "https://other.example/v1/chat/completions";
    await alternative({ url, headers: { authorization: "Bearer theirs" } }).answer(context);
    expect(Object.fromEntries(context.sent[0]!.headers)).toEqual({
      authorization: "Bearer theirs",
    });
    expect(context.sent[0]).toMatchObject({ url, body: context.asked.body });
  });

  it("makes a body of another form", async () => {
    const context = contextOf(asking(), new Response("ok"));
    await alternative({
      name: "claude",
      url: (asked) => `https://other.example/${asked.class}`,
      model: "c",
      body: (json) => ({ wrapped: json }),
    }).answer(context);
    expect(context.sent[0]!.url).toBe("https://other.example/interactive");
    expect(JSON.parse(context.sent[0]!.body!)).toMatchObject({ wrapped: { model: "c" } });
  });

  it("has no answer where nothing came back, where that is an error, or where it cannot read the body", async () => {
    let isCancelled = false;
    const cancel = (): void => {
      isCancelled = true;
    };
    const error = new Response(new ReadableStream({ cancel }), { status: 500 });
    const other = alternative({ model: "small" });
    expect(await other.answer(contextOf(asking()))).toBeUndefined();
    expect(await other.answer(contextOf(asking(), error))).toBeUndefined();
    expect(isCancelled).toBe(true);
    const unread = contextOf({ ...asking(), json: undefined }, new Response("ok"));
    expect(await other.answer(unread)).toBeUndefined();
    expect(unread.sent).toEqual([]);
  });

  it("is asked only when it wants to be", async () => {
    const context = contextOf(asking(), new Response("ok"));
    const other = alternative({
      model: "small",
      when: ({ reason }) => reason === "late",
      confidence: 1,
    });
    expect(await other.answer(context)).toBeUndefined();
    expect(await other.answer({ ...context, reason: "late" })).toMatchObject({ confidence: 1 });
  });
});

describe("cached", () => {
  it.each<[CachedAnswer | undefined, number | undefined]>([
    [undefined, undefined],
    [{ answer: "ten", similarity: 0.95 }, 0.95],
    [{ answer: "ten", similarity: 1, quality: 0.5 }, 0.5],
    [{ answer: "ten", similarity: 0.949 }, undefined],
    [{ answer: "ten", similarity: 1, quality: 0.49 }, undefined],
    [{ answer: "ten", similarity: Number.NaN }, undefined],
    [{ answer: "ten", similarity: 7, quality: 7 }, 1],
  ])("what is found as %j has a confidence of %s", async (found, confidence) => {
    const answer = await cached({ lookup: () => found }).answer(contextOf(asking()));
    expect(answer?.confidence).toBe(confidence);
    expect(answer && (await textOf(answer.response))).toBe(answer && "ten");
  });

  it("hands a response out as it is, under its own name and thresholds", async () => {
    const response = new Response("whole");
    const lookup: CachedOptions["lookup"] = async () => ({ answer: response, similarity: 0.4 });
    const answer = await cached({ name: "vectors", lookup, similarity: 0.3, quality: 1 }).answer(
      contextOf(asking()),
    );
    expect(answer).toEqual({ response, source: "vectors", confidence: 0.4 });
  });
});

describe("rules and template", () => {
  it("answers by the first rule that fits and has an answer", async () => {
    const list: readonly Rule[] = [
      { name: "never", when: () => false, answer: "no" },
      { name: "silent", when: () => true, answer: () => undefined },
      { name: "time", when: ({ body }) => /late/.test(body!), answer: async () => "ten" },
      { name: "after", when: () => true, answer: "too late" },
    ];
    const answer = await rules(list).answer(contextOf(asking()));
    expect(answer).toMatchObject({ source: "rules/time", confidence: 0.5 });
    expect(await textOf(answer!.response)).toBe("ten");
    expect(await rules(list.slice(0, 2)).answer(contextOf(asking()))).toBeUndefined();
  });

  it("says the same to everything, but to what it has no form for", async () => {
    const last = template({ answer: "come back later" });
    const answer = await last.answer(contextOf(asking()));
    expect(answer).toMatchObject({ source: "template", confidence: 0.1 });
    expect(await textOf(answer!.response)).toBe("come back later");
    for (const other of [
      { url: "https://api.openai.com/v1/embeddings" },
      { method: "GET" },
      { url: "https://bedrock.example/model/m/converse-stream", isStream: true },
    ]) {
      expect(await last.answer(contextOf(asking(other)))).toBeUndefined();
    }
  });
});

const lookup = (): undefined => undefined;

it.each<[() => unknown, string]>([
  [() => alternative({}), "alternative: url or model must be given"],
  [() => alternative({ url: "nowhere" }), 'alternative: url must be a URL, got "nowhere"'],
  [() => alternative({ model: "m", modle: 1 } as AlternativeOptions), "alternative: option must"],
  [() => alternative({ model: "m", confidence: 2 }), "alternative: confidence must be a number"],
  [() => cached({} as CachedOptions), "cached: lookup must be a function, got undefined"],
  [() => cached({ lookup, similarity: -1 }), "cached: similarity must be a number from 0 to 1"],
  [() => cached({ lookup, quality: Number.NaN }), "cached: quality must be a number from 0 to 1"],
  [() => rules([]), "rules must be a list of rules, got an array of 0"],
  [() => rules([{ name: "", when: () => true, answer: "" }]), "rules: name must be a text"],
  [() => rules([{ name: "a", answer: "" } as unknown as Rule]), 'rules: "a" when must be a func'],
  [() => rules([{ name: "a", when: () => true } as unknown as Rule]), 'rules: "a" answer must be'],
  [() => template({} as TemplateOptions), "template: answer must be a text or a function"],
])("refuses wrong options: %#", (make, message) => {
  expect(make).toThrow(message);
});
