import { checkOptions } from "@sluice/core";

import { checkedConfidence } from "./confidence.ts";
import type { Fallback } from "./fallback.ts";
import { type Answering, answerOf, checkedAnswer } from "./rules.ts";

/** Options of `template()`. */
export interface TemplateOptions {
  /** Default: `"template"`. */
  readonly name?: string;
  readonly answer: Answering;
  /** Default: 0.1. */
  readonly confidence?: number;
}

/** The same answer to everything, for the end of the chain. Throws `invalid-option`. */
export function template(options: TemplateOptions): Fallback {
  checkOptions("template", options, ["name", "answer", "confidence"]);
  const { name = "template", answer } = options;
  checkedAnswer("template: answer", answer);
  const confidence = checkedConfidence("template", options.confidence ?? 0.1);
  return {
    name,
    async answer({ asked }) {
      const response = await answerOf(answer, asked);
      return response === undefined ? undefined : { response, source: name, confidence };
    },
  };
}
