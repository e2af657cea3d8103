import { slidingWindow } from "@sluice/core";
import { endExchange, type Exchange, leaveExchange, openMeter } from "@sluice/core/http";
import { describe, expect, it, vi } from "vitest";

import { admit, setUp } from "./setting.ts";

declare const DecompressionStream: new (format: string) => unknown;
declare const atob: (text: string) => string;

const tpm = slidingWindow({
  name: "tpm",
  limit: 100,
  window: "1m",
  unit: "tokens",
  per: ["tenant"],
});
const estimated = { inputTokens: 10, outputTokens: 20, tokens: 30 };
const unread = { ...estimated, cachedTokens: 0, isEstimated: true, reading: undefined };
// By the model's own count; its text is 2 tokens.
const read = { inputTokens: 5, outputTokens: 7, tokens: 12, isEstimated: false };

/** One streamed answer, twice "four" and then its usage, in each encoding. */
const recorded = {
  gzip: "H4sIAAAAAAAAA9WOsQrCMBRF936F3DkUFUTIrKt+QCklJq8mts0rzSsIJf8uXeru5nrgnnOdEaN3C/jxIivQsN5IaXkYe5LAsbR+jh0UrOdgKUFXC0J09IbeKzjqxUAvsByF4ipoeZ6Qc52Lwv2BPCu0IYbkm4lM4giNJDzi10atMCfzpPX3OPEwSiPcUUzQJ4XvdKNnBWEx/QYOx7ylq8v9dq2L4gOdD06gpwEAAA==",
  deflate:
    "eJzVjrEKwjAURfd+hdw5FBVEyKyrfkApJSavJrbNK80rCCX/Ll3q7uZ64J5znRGjdwv48SIr0LDeSGl5GHuSwLG0fo4dFKznYClBVwtCdPSG3is46sVAL7AcheIqaHmekHOdi8L9gTwrtCGG5JuJTOIIjSQ84tdGrTAn86T19zjxMEoj3FFM0CeF73SjZwVhMf0GDse8pavL/Xati+IDLiOQhA==",
  br: "G6YBAJwFdqMdrccf4cFevOhRGEpL0DZTP7poEMFURayCsLBt6VkrsHT1SZAxuNZhkelrttOB6jbY3S4q6usu6ZIB51mkCXOgmx6/KFIl9h0rxpJwdmFoAOiRnoTc2t91xJrBCFMEOR5YhPPN7Pp7foNA/2WStIgCyK/QaVOkWfW9y7vO9fFQ024VaorVkqNseR8/SUYA",
  zstd: "KLUv/WCnAO0EAOIJIB9gRZwD4dSWvkSk7WdzmLTdfdUM2zOgca34khGoQJHmKSEJxQJxxAKhWc19dbgy5OEqw530c/h5GrAgdIX8ccPnl+HSJ2nQrVuuYkoRifEPxMtqL7NH+dWNKleD/IAq6x4deajMcWNXZxZqzFh2rc1zmBm9Gnu+mQoA8CNBrl5KCAB+KINm4ZwScNEGDLIiJf6JQ2DQdAgrRAE=",
};

/** Whether this runtime can undo it: Node 20 does not know Brotli, and no Node knows Zstandard. */
function canUndo(format: string): boolean {
  try {
    Reflect.construct(DecompressionStream, [format]);
    return true;
  } catch {
    return false;
  }
}

/** An exchange whose response of `encoding` has begun with `bytes`. */
function begin(encoding: string, bytes: Uint8Array): { exchange: Exchange; used: () => number[] } {
  const { gate, used } = setUp({
    limits: [tpm],
    subject: ({ tenant }) => ({ tenant }),
    cost: () => estimated,
    meter: "auto",
  });
  const { exchange } = admit(gate);
  const head = { status: 200, type: "text/event-stream", encoding };
  exchange.meter = openMeter(exchange, exchange.plan!, head);
  expect(exchange.meter.push(bytes)).toBe(bytes.length);
  return { exchange, used };
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.codePointAt(0)!);
}

describe("a response that another middleware has encoded", () => {
  it.each([
    ["gzip", "gzip", recorded.gzip],
    ["x-gzip", "gzip", recorded.gzip],
    [" GZIP ", "gzip", recorded.gzip],
    ["deflate", "deflate", recorded.deflate],
    ["br", "brotli", recorded.br],
    ["zstd", "zstd", recorded.zstd],
  ])(
    "is read as %j where the runtime can undo it, else it is its estimate, and marked",
    async (encoding, format, text) => {
      const { exchange, used } = begin(encoding, bytesOf(text));
      endExchange(exchange);
      const expected = canUndo(format) ? read : unread;
      await vi.waitFor(() => expect(exchange.hasSettled).toBe(true));
      expect(exchange.usage).toMatchObject(expected);
      expect(used()).toEqual([expected.tokens]);
    },
  );

  it.each(["compress", "gzip, br", "aes128gcm"])(
    "is its estimate, and marked, as %j",
    (encoding) => {
      const { exchange, used } = begin(encoding, bytesOf(recorded.gzip));
      endExchange(exchange);
      expect(exchange.usage).toEqual(unread);
      expect(used()).toEqual([30]);
    },
  );

  it("is its estimate, and marked, when it is not what it says", async () => {
    const { exchange, used } = begin("gzip", bytesOf(recorded.deflate));
    endExchange(exchange);
    await vi.waitFor(() => expect(exchange.hasSettled).toBe(true));
    expect(exchange.usage).toEqual(unread);
    expect(used()).toEqual([30]);
  });

  it("is its estimate, and marked, when the client leaves and nobody can undo it", async () => {
    const { exchange, used } = begin("compress", bytesOf(recorded.gzip));
    leaveExchange(exchange);
    await Promise.resolve();
    expect(exchange.usage).toEqual(unread);
    expect(used()).toEqual([30]);
  });
});
