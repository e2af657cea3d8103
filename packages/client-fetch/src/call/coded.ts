import { responseWith } from "../completeness/response-with.ts";

/** `refusal`, whose body begins with `text`, with `code` as its error's code, and its own beside it as `original_code`. */
export function coded(refusal: Response, text: string, code: string): Response {
  const body = parsed(text);
  const own = isRecord(body) ? body["error"] : undefined;
  const error = isRecord(own) ? own : { message: typeof own === "string" ? own : text };
  const all = { ...error, code, original_code: error["code"] };
  const made = responseWith(
    refusal,
    JSON.stringify(isRecord(body) ? { ...body, error: all } : { error: all }),
    { "content-type": "application/json" },
  );
  made.headers.delete("content-length");
  made.headers.delete("content-encoding");
  refusal.body?.cancel().catch(() => {});
  return made;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
