const decoderCode = /^(?:Z_|ERR__?ZLIB|ERR_BROTLI|ERR_ZSTD|ZSTD_|BR_)/;

/** How a body's bytes ended that end with `error`: the request was given up, they cannot be decoded, or their connection broke. */
export function endOfError(
  error: unknown,
  signal: AbortSignal | undefined,
): "left" | "undecodable" | "broken" {
  if (signal?.aborted === true || memberOf(error, "name") === "AbortError") return "left";
  const codes = [error, memberOf(error, "cause")].map((one) => memberOf(one, "code"));
  const isUndecodable = codes.some((code) => typeof code === "string" && decoderCode.test(code));
  return isUndecodable ? "undecodable" : "broken";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function memberOf(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}
