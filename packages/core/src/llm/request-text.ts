import { isObject, type JsonObject } from "./json.ts";
import { type CountTokens, tokensOf, tokensOfBytes } from "./tokens.ts";

/** How the tokens of a request are estimated. */
export interface RequestTokens {
  readonly count: CountTokens | undefined;
  /** For each image, sound, video or file that is in the body or named by it. */
  readonly imageTokens: number;
}

// Bounds of the work on one body: values looked at, how deep, and characters counted one by one. What is beyond counts by its length.
const mostValues = 100_000;
const deepest = 64;
const mostCharacters = 2_000_000;

/** For the form of a message around its text. */
const messageTokens = 4;

const mediaKeys = new Set([
  "image_url",
  "input_audio",
  "audio",
  "image",
  "video",
  "file",
  "document",
  "inlineData",
  "inline_data",
  "fileData",
  "file_data",
]);
const mediaTypes = new Set([
  "image",
  "image_url",
  "input_image",
  "input_audio",
  "input_file",
  "file",
  "document",
]);
const labels = new Set(["type", "role", "id", "tool_call_id", "tool_use_id", "cache_control"]);

/**
 * Tokens of all text in `values`, parts of a request's body, about: four for each object of a list (a message) besides. Keys count
 * too in `schemas`, which are definitions of tools. Never throws; its work is bounded.
 */
export function requestTokens(
  values: readonly unknown[],
  schemas: readonly unknown[],
  { count, imageTokens }: RequestTokens,
): number {
  let tokens = 0;
  let visited = 0;
  let characters = 0;

  function add(text: string): void {
    characters += text.length;
    tokens += characters > mostCharacters ? tokensOfBytes(text.length) : tokensOf(text, count);
  }

  function walk(value: unknown, depth: number, isSchema: boolean): void {
    if (++visited > mostValues || depth > deepest) return;
    if (typeof value === "string") add(value);
    else if (typeof value === "number") tokens += 1;
    else if (Array.isArray(value)) walkList(value, depth, isSchema);
    else if (isObject(value)) walkObject(value, depth, isSchema);
  }

  function walkList(items: readonly unknown[], depth: number, isSchema: boolean): void {
    for (let index = 0; index < items.length; index++) {
      if (visited >= mostValues) {
        tokens += items.length - index;
        return;
      }
      const item = items[index];
      if (isObject(item) && !isSchema && depth <= 1) tokens += messageTokens;
      walk(item, depth + 1, isSchema);
    }
  }

  function walkObject(value: JsonObject, depth: number, isSchema: boolean): void {
    const isMedia = !isSchema && "type" in value && mediaTypes.has(String(value["type"]));
    if (isMedia) tokens += imageTokens;
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (visited > mostValues) return;
      if (isSchema) add(key);
      else if (mediaKeys.has(key) && isObject(inner)) {
        if (!isMedia) tokens += imageTokens;
        continue;
      } else if (labels.has(key) || (isMedia && key !== "text")) continue;
      walk(inner, depth + 1, isSchema);
    }
  }

  for (const value of values) walk(value, 0, false);
  for (const value of schemas) walk(value, 0, true);
  return tokens;
}
