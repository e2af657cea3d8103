import type { Allowance } from "./hint.ts";

interface Item {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const units = new Map<string, Allowance["unit"]>([
  ["requests", "requests"],
  ["tokens", "tokens"],
  ["inputtokens", "inputTokens"],
  ["input-tokens", "inputTokens"],
  ["outputtokens", "outputTokens"],
  ["output-tokens", "outputTokens"],
]);

/**
 * The allowances in `RateLimit` and `RateLimit-Policy`, or `RateLimit-Limit`, `-Remaining` and `-Reset`, of
 * draft-ietf-httpapi-ratelimit-headers 6 to 11. What counts neither requests nor tokens is left out.
 */
export function rateLimitFields(headers: Headers): readonly Allowance[] {
  const policies = itemsOf(headers.get("ratelimit-policy"));
  const items = itemsOf(headers.get("ratelimit"));
  if (items.length > 0 && items.every(({ parameters }) => !parameters.has("r"))) {
    const found = new Map(items.map(({ name }) => pair(name)));
    return oneOf(found.get("limit"), found.get("remaining"), found.get("reset"), policies);
  }
  if (items.length === 0) {
    const [limit, remaining, reset] = ["limit", "remaining", "reset"].map(
      (name) => headers.get(`ratelimit-${name}`) ?? undefined,
    );
    return oneOf(limit, remaining, reset, policies);
  }
  return items.flatMap(({ name, parameters }) => {
    const policy = policies.find((one) => one.name === name)?.parameters;
    const unit = units.get((policy?.get("qu") ?? "requests").toLowerCase());
    if (unit === undefined) return [];
    return {
      unit,
      limit: whole(policy?.get("q")),
      remaining: whole(parameters.get("r")),
      resetMs: seconds(parameters.get("t")),
      windowMs: seconds(policy?.get("w")) || undefined,
    };
  });
}

function oneOf(
  limit: string | undefined,
  remaining: string | undefined,
  reset: string | undefined,
  policies: readonly Item[],
): readonly Allowance[] {
  // A limit may have its policy beside it: "100, 100;w=60".
  const capacity = whole(limit?.split(/[,;]/, 1)[0]);
  const left = whole(remaining);
  if (capacity === undefined && left === undefined) return [];
  const policy = policies.find(({ name }) => Number(name) === capacity) ?? policies[0];
  return [
    {
      unit: "requests",
      limit: capacity,
      remaining: left,
      resetMs: seconds(reset),
      windowMs: seconds(policy?.parameters.get("w")) || undefined,
    },
  ];
}

/** The members of a structured list (RFC 9651 §3.1), as far as these fields use it: strings, integers and tokens, with parameters. */
function itemsOf(field: string | null): readonly Item[] {
  if (field === null || field.length > 4_096) return [];
  return apart(field, ",").flatMap((member) => {
    const [name = "", ...rest] = apart(member, ";");
    if (name === "") return [];
    return { name: unquoted(name), parameters: new Map(rest.map(pair)) };
  });
}

function pair(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at === -1) return [text, ""];
  return [text.slice(0, at).trim().toLowerCase(), unquoted(text.slice(at + 1).trim())];
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, "$1") : text;
}

function apart(text: string, by: "," | ";"): readonly string[] {
  const parts = text.match(
    by === "," ? /(?:"(?:\\.|[^"\\])*"|[^,"])+/g : /(?:"(?:\\.|[^"\\])*"|[^;"])+/g,
  );
  return (parts ?? []).map((part) => part.trim());
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

function seconds(text: string | undefined): number | undefined {
  const value = whole(text);
  return value === undefined ? undefined : value * 1000;
}
