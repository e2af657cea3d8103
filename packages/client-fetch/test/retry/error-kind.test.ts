import { errorKind, executionOf } from "@sluice/client-fetch";
import { describe, expect, it } from "vitest";

function failed(message: string, cause?: object): TypeError {
  return new TypeError(message, { cause });
}
const coded = (code: string, more: object = {}): Error =>
  Object.assign(new Error("why"), { code, ...more });

describe("errorKind()", () => {
  // How each runtime says it: Node, Deno, Bun, Chrome, Firefox, Safari, workers, React Native.
  it.each<[unknown, string, string]>([
    [failed("fetch failed", coded("ECONNREFUSED")), "connection", "not-sent"],
    [failed("fetch failed", coded("ENOTFOUND")), "connection", "not-sent"],
    [failed("fetch failed", coded("EAI_AGAIN")), "connection", "not-sent"],
    [failed("fetch failed", coded("UND_ERR_CONNECT_TIMEOUT")), "timeout", "not-sent"],
    [failed("fetch failed", coded("ETIMEDOUT", { syscall: "connect" })), "timeout", "not-sent"],
    [failed("fetch failed", coded("DEPTH_ZERO_SELF_SIGNED_CERT")), "connection", "not-sent"],
    [failed("fetch failed", new AggregateError([coded("ECONNREFUSED")])), "connection", "not-sent"],
    [failed("fetch failed", coded("UND_ERR_SOCKET")), "connection", "maybe-executed"],
    [
      failed("fetch failed", coded("ECONNRESET", { syscall: "read" })),
      "connection",
      "maybe-executed",
    ],
    [failed("fetch failed", coded("UND_ERR_HEADERS_TIMEOUT")), "timeout", "maybe-executed"],
    [failed("fetch failed", coded("ETIMEDOUT", { syscall: "read" })), "timeout", "maybe-executed"],
    [
      failed(
        "fetch failed",
        Object.assign(new Error("Stream closed with NGHTTP2_REFUSED_STREAM"), {
          code: "ERR_HTTP2_STREAM_ERROR",
        }),
      ),
      "connection",
      "refused",
    ],
    [
      failed(
        "error sending request for url (http://a/): client error (Connect): tcp connect error: Connection refused (os error 111)",
      ),
      "connection",
      "not-sent",
    ],
    [coded("ConnectionRefused"), "connection", "not-sent"],
    [coded("ConnectionClosed"), "connection", "maybe-executed"],
    [failed("Failed to fetch"), "connection", "maybe-executed"],
    [failed("NetworkError when attempting to fetch resource."), "connection", "maybe-executed"],
    [failed("Load failed"), "connection", "maybe-executed"],
    [new Error("Network connection lost."), "connection", "maybe-executed"],
    [failed("Network request failed"), "connection", "maybe-executed"],
    [new DOMException("late", "TimeoutError"), "timeout", "maybe-executed"],
    ["a string", "connection", "maybe-executed"],
    [undefined, "connection", "maybe-executed"],
    [failed("fetch failed", new Error("unexpected redirect")), "client-error", "not-sent"],
    [failed("fetch failed", coded("UND_ERR_INVALID_ARG")), "client-error", "not-sent"],
    [failed("Failed to parse URL from x", coded("ERR_INVALID_URL")), "client-error", "not-sent"],
    [failed("Request with GET/HEAD method cannot have body."), "client-error", "not-sent"],
  ])("of %s is %s, %s", (error, cause, execution) => {
    expect(errorKind(error)).toMatchObject({ cause, execution });
  });

  it("is one short line, however deep and long the error", () => {
    const loop: { message: string; cause?: unknown } = { message: "m".repeat(500) };
    loop.cause = loop;
    expect(errorKind(loop).message).toHaveLength(200);
  });
});

describe("executionOf()", () => {
  it.each([
    [200, "executed"],
    [304, "executed"],
    [400, "refused"],
    [408, "refused"],
    [429, "refused"],
    [500, "maybe-executed"],
    [502, "maybe-executed"],
    [503, "refused"],
    [504, "maybe-executed"],
    [529, "refused"],
  ])("of %i is %s", (status, execution) => {
    expect(executionOf(status)).toBe(execution);
  });
});
