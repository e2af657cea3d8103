import { failOption } from "@sluice/core";

import { checkedConfidence } from "./confidence.ts";
import type { Asked, Fallback, FallbackContext } from "./fallback.ts";
import { speak } from "./speak.ts";

/** What one answers: a text is put in the form that was asked for. */
export type Answering =
  | string
  | ((asked: Asked) => string | Response | undefined | Promise<string | Response | undefined>);

/** One rule of `rules()`. */
export interface Rule {
  readonly name: string;
  readonly when: (asked: Asked, context: FallbackContext) => boolean;
  readonly answer: Answering;
  /** Default: 0.5. */
  readonly confidence?: number;
}

/** The answer of the first rule that fits and has one; its source is `"rules/"` and the rule's name. Throws `invalid-option`. */
export function rules(list: readonly Rule[]): Fallback {
  if (!Array.isArray(list) || list.length === 0) failOption("rules", "a list of rules", list);
  for (const { name, when, answer, confidence = 0.5 } of list) {
    if (typeof name !== "string" || name === "") failOption("rules: name", "a text", name);
    if (typeof when !== "function") failOption(`rules: "${name}" when`, "a function", when);
    checkedAnswer(`rules: "${name}" answer`, answer);
    checkedConfidence(`rules: "${name}"`, confidence);
  }
  return {
    name: "rules",
    async answer(context) {
      for (const { name, when, answer, confidence = 0.5 } of list) {
        if (!when(context.asked, context)) continue;
        const response = await answerOf(answer, context.asked);
        if (response !== undefined) return { response, source: `rules/${name}`, confidence };
      }
      return undefined;
    },
  };
}

/** Throws `invalid-option`. */
export function checkedAnswer(option: string, answer: unknown): void {
  if (typeof answer === "string" || typeof answer === "function") return;
  failOption(option, "a text or a function", answer);
}

/** The response that an answer comes to; `undefined` where there is none, or no form for it. */
export async function answerOf(answer: Answering, asked: Asked): Promise<Response | undefined> {
  const given = typeof answer === "function" ? await answer(asked) : answer;
  return typeof given === "string" ? speak(asked, given) : given;
}
