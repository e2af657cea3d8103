import { responseWith } from "../completeness/response-with.ts";
import { isObject, parsed } from "../json.ts";

/** `refusal`, whose body begins with `text`, with `code` as its error's code, and its own beside it as `original_code`. */
export function coded(refusal: Response, text: string, code: string): Response {
  const body = parsed(text);
  const own = isObject(body) ? body["error"] : undefined;
  const error = isObject(own) ? own : { message: typeof own === "string" ? own : text };
  const all = { ...error, code, original_code: error["code"] };
  const made = responseWith(
    refusal,
    JSON.stringify(isObject(body) ? { ...body, error: all } : { error: all }),
    { "content-type": "application/json" },
  );
  made.headers.delete("content-length");
  made.headers.delete("content-encoding");
  refusal.body?.cancel().catch(() => {});
  return made;
}
