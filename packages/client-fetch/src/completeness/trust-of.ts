/**
 * How far the end of a body that came without an error proves that it is whole: `"strong"`, its length was announced; `"medium"`, it was
 * sent in chunks, of which the last says so; `"framed"`, the server has ended it, but what came may still lack its end: it is encoded, and no
 * runtime reports where an encoding breaks off, or came by HTTP/2, where some take a reset for an end; `"weak"`, the end of the connection
 * was its end.
 */
export type Trust = "strong" | "medium" | "framed" | "weak";

/** What the head of a response makes of its end (RFC 9112 §6.3, §8; RFC 9113 §8.1). */
export function trustOf({ headers, statusText }: Pick<Response, "headers" | "statusText">): Trust {
  const whole = isEncoded(headers) ? "framed" : undefined;
  // Chunks make a length void; without the last of them before the connection closes, older runtimes take the rest for all.
  if (headers.has("transfer-encoding")) {
    return headers.get("connection")?.toLowerCase() === "close" ? "weak" : (whole ?? "medium");
  }
  if (headers.has("content-length")) return whole ?? "strong";
  // HTTP/2 and 3 have no such text, and no such header.
  return statusText === "" && !headers.has("connection") ? "framed" : "weak";
}

/** Whether a body comes with a Content-Encoding, which fetch undoes. */
export function isEncoded(headers: Headers): boolean {
  return !/^(?:identity)?$/i.test(headers.get("content-encoding") ?? "");
}
