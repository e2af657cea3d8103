import { estimate, type Format } from "@sluice/core/llm";

/** What a request asks of a model, as far as its URL and its body tell. */
export interface ModelRequest {
  /** `undefined` where the request names none. */
  readonly model: string | undefined;
  readonly isStream: boolean;
  /** About; 0 where it cannot be told. */
  readonly inputTokens: number;
  /** The most that it allows. */
  readonly outputTokens: number;
}

const nothing: ModelRequest = {
  model: undefined,
  isStream: false,
  inputTokens: 0,
  outputTokens: 0,
};

// The first that fits: which API a path is of.
const paths: readonly (readonly [RegExp, Format])[] = [
  [/:(?:stream)?generatecontent$/i, "gemini"],
  [/\/converse(?:-stream)?$/, "bedrock"],
  [/\/messages$/, "anthropic"],
  [/\/responses$/, "openai-responses"],
  [/\/v2\/chat$/, "cohere"],
];

// Gemini, Azure and Bedrock name the model in the path.
const modelInPath = /\/(?:models|deployments|model)\/([^/:]{1,200})/;
const streamInPath = /:streamGenerateContent$|\/converse-stream$/;

/** Reads `text`, the JSON body of a request to `path`. Never throws. */
export function modelRequest(path: string, text: string | undefined): ModelRequest {
  if (text === undefined || text[0] !== "{") return nothing;
  let body: { readonly model?: unknown; readonly stream?: unknown };
  try {
    body = JSON.parse(text);
  } catch {
    return nothing;
  }
  const { model, stream } = body;
  const format = paths.find(([form]) => form.test(path))?.[1] ?? "openai";
  const { inputTokens, outputTokens } = estimate[format](body);
  return {
    model: typeof model === "string" ? model.slice(0, 200) : modelInPath.exec(path)?.[1],
    isStream: stream === true || streamInPath.test(path),
    inputTokens,
    outputTokens,
  };
}
