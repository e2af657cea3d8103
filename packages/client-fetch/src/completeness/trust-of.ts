/**
 * How far the end of a body that came without an error proves that it is whole: `"strong"`, its length was announced; `"medium"`, it
 * was sent in chunks, of which the last says so; `"weak"`, the end of the connection was its end, or it is encoded, and no runtime
 * reports where an encoding breaks off.
 */
export type Trust = "strong" | "medium" | "weak";

/** What the headers of a response make of its end (RFC 9112 §6.3, §8). HTTP/2 shows no framing, and is weak unless it announces a length. */
export function trustOf(headers: Headers): Trust {
  if (isEncoded(headers)) return "weak";
  // Chunks make a length void; without the last of them before the connection closes, older runtimes take the rest for all.
  if (headers.has("transfer-encoding")) {
    return headers.get("connection")?.toLowerCase() === "close" ? "weak" : "medium";
  }
  return headers.has("content-length") ? "strong" : "weak";
}

/** Whether a body comes with a Content-Encoding, which fetch undoes. */
export function isEncoded(headers: Headers): boolean {
  return !/^(?:identity)?$/i.test(headers.get("content-encoding") ?? "");
}
