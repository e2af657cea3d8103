import { isObject, parsed } from "../json.ts";

/** What the body of an error says, in whichever provider's form. */
export interface ErrorBody {
  /** Codes, types and statuses, in lower case: `["rate_limit_exceeded", "tokens"]`. */
  readonly words: readonly string[];
  /** At most 1,000 characters. */
  readonly message: string;
  /** `google.rpc.RetryInfo`: `"53s"`. */
  readonly retryDelay: string | undefined;
  /** `google.rpc.QuotaFailure`: the ids of the quotas that are spent. */
  readonly quotaIds: readonly string[];
  /** One of them allows nothing at all. */
  readonly isNothing: boolean;
  /** Of a problem document (RFC 9457) as Sluice's servers send it: whether to try again, and after how many seconds. */
  readonly retryable: boolean | undefined;
  readonly retryAfter: number | undefined;
}

const mostCharacters = 65_536;

/** Reads the body of an error; what is no JSON is all message. Never throws. */
export function readErrorBody(text: string): ErrorBody {
  const body = parsed(text.slice(0, mostCharacters));
  // Gemini puts the error of a stream into a list.
  const top = Array.isArray(body) ? listOf(body)[0] : body;
  const inner = member(top, "error") ?? member(top, "detail") ?? top;
  const holders = [inner, top];
  const words = holders.flatMap((holder) =>
    ["code", "type", "status", "__type"].flatMap((key) => word(member(holder, key))),
  );
  const details = listOf(member(inner, "details"));
  const violations = details.flatMap((detail) => listOf(member(detail, "violations")));
  const messages = [
    inner,
    member(inner, "message"),
    member(top, "message"),
    top === undefined && text,
  ];
  const retryable = member(top, "retryable");
  const retryAfter = member(top, "retryAfter");
  return {
    words: [...new Set(words)],
    message: (messages.find((one): one is string => typeof one === "string") ?? "").slice(0, 1_000),
    retryDelay: details
      .map((detail) => member(detail, "retryDelay"))
      .find((delay): delay is string => typeof delay === "string"),
    quotaIds: violations.flatMap((violation) => word(member(violation, "quotaId"), false)),
    isNothing: violations.some((violation) => String(member(violation, "quotaValue")) === "0"),
    retryable: typeof retryable === "boolean" ? retryable : undefined,
    retryAfter: typeof retryAfter === "number" && retryAfter > 0 ? retryAfter : undefined,
  };
}

function member(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, 32) : [];
}

function word(value: unknown, lower = true): readonly string[] {
  if (typeof value !== "string" || value === "") return [];
  return [(lower ? value.toLowerCase() : value).slice(0, 100)];
}
