import { once } from "node:events";

import { describe, expect, it, onTestFinished } from "vitest";

import { latch, open, pause, read, until } from "../ask.ts";
import { acme, headersOf, inflight, limited, pieces, rpm, tpm } from "../fixture.ts";
import type { Framework } from "../framework.ts";

/** Answers that take their time: streamed, broken off, failing, or never coming. */
export function streams<Req>(framework: Framework<Req>): void {
  describe("streams", () => {
    it("holds the place of a stream until its last byte, and passes each chunk on as it comes", async () => {
      const more = latch();
      const app = await limited(framework, {
        limits: [inflight],
        routes: {
          "/": () => ({
            body: (async function* () {
              yield Buffer.from("first ");
              await more.promise;
              yield Buffer.from("second");
            })(),
          }),
        },
      });
      const message = await open(app.url, { headers: acme });
      const [first]: Buffer[] = await once(message, "data");
      message.pause();
      expect(String(first)).toBe("first ");
      expect(app.used()).toEqual([1]);
      more.resolve();
      expect(String(await read(message))).toBe("second");
      await until("the place is back", () => app.used()[0] === 0);
      expect(app.store.size().leases).toBe(0);
    });

    it("charges an aborted stream what the handler reported, aborts its signal, and gives its place back", async () => {
      let sent = 0;
      let hasAborted = false;
      const app = await limited(framework, {
        limits: [tpm, inflight],
        routes: {
          "/": ({ rateLimit }) => ({
            body: (async function* () {
              const { signal, lease } = rateLimit!;
              while (!signal.aborted) {
                sent++;
                void lease?.extend({ tokens: 1 });
                yield Buffer.from("token ");
                await pause(5);
              }
              hasAborted = true;
            })(),
          }),
        },
      });
      const message = await open(app.url, { headers: { ...acme, "x-tokens": "90" } });
      expect(app.used()).toEqual([90, 1]);
      await until("it streams", () => sent > 3);
      message.destroy();
      await until("the place is back", () => app.used()[1] === 0);
      await until("the handler knows", () => hasAborted);
      expect(app.used()[0]).toBeGreaterThanOrEqual(sent - 1);
      expect(app.used()[0]).toBeLessThanOrEqual(sent);
      expect(app.store.size().leases).toBe(0);
    });

    it("gives the place back of a client that leaves before the handler has answered (vllm-ascend#10812)", async () => {
      const never = latch();
      onTestFinished(() => never.resolve());
      let signal: { readonly aborted: boolean } | undefined;
      const app = await limited(framework, {
        limits: [tpm, inflight],
        routes: {
          "/": async ({ rateLimit }) => {
            signal = rateLimit!.signal;
            await never.promise;
            return { body: "late" };
          },
        },
      });
      const asked = open(app.url, { headers: acme, signal: AbortSignal.timeout(50) });
      await expect(asked).rejects.toThrow("aborted");
      await until("the place is back", () => app.used()[1] === 0);
      expect(signal?.aborted).toBe(true);
      // Nothing says that the work was not done.
      expect([app.used()[0], app.store.size().leases]).toEqual([10, 0]);
    });

    it("tells whoever asks for its signal late that the client has left, where requests are counted", async () => {
      const [begun, left] = [latch(), latch()];
      onTestFinished(() => left.resolve());
      let hasAborted = false;
      const app = await limited(framework, {
        routes: {
          "/waits": async ({ rateLimit }) => {
            begun.resolve();
            await left.promise;
            await until("the signal has aborted", () => rateLimit!.signal.aborted);
            hasAborted = true;
            return { body: "late" };
          },
        },
      });
      const controller = new AbortController();
      const asked = open(`${app.url}/waits`, { headers: acme, signal: controller.signal });
      await begun.promise;
      controller.abort();
      await expect(asked).rejects.toThrow("aborted");
      // By then the server has seen what came before.
      for (let count = 0; count < 2; count++) await app.ask();
      left.resolve();
      await until("the handler knows", () => hasAborted);
      expect(app.used()).toEqual([3]);
    });

    it("gives a place back at the deadline of a handler that never ends (litellm#20256)", async () => {
      const never = latch();
      onTestFinished(() => never.resolve());
      const app = await limited(framework, {
        limits: [inflight],
        options: { deadline: "2s" },
        routes: {
          "/": async () => {
            await never.promise;
            return { body: "late" };
          },
        },
      });
      const both = [app.ask(), app.ask()];
      await until("both are in", () => app.used()[0] === 2);
      expect((await app.ask()).status).toBe(429);
      app.clock.advance(1_999);
      expect(app.used()).toEqual([2]);
      app.clock.advance(1);
      expect(app.used()).toEqual([0]);
      const third = app.ask();
      await until("the third is in", () => app.used()[0] === 1);
      never.resolve();
      const answers = await Promise.all([...both, third]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(app.store.size().leases).toBe(0);
    });

    it("ends the lease of a handler that fails, before its first byte and after", async () => {
      const app = await limited(framework, {
        limits: [tpm, inflight],
        routes: {
          "/before": fail,
          "/after": () => ({
            body: (async function* () {
              yield* pieces("first");
              await pause(5);
              await fail();
            })(),
          }),
        },
      });
      const before = await app.ask("/before");
      expect([before.status, headersOf(before, ["ratelimit"])]).toEqual([
        500,
        { ratelimit: ['"tpm";r=90;t=60, "inflight";r=1'] },
      ]);
      await expect(app.ask("/after")).rejects.toThrow("aborted");
      await until("the places are back", () => app.used()[1] === 0);
      expect(app.used()[0]).toBe(20);
      expect(app.store.size().leases).toBe(0);
    });

    it("makes a handler wait for a client that does not read", async () => {
      let sent = 0;
      const app = await limited(framework, {
        limits: [inflight],
        options: { meter: "auto" },
        routes: {
          "/": () => ({
            headers: { "content-type": "text/event-stream" },
            body: (async function* () {
              const chunk = Buffer.from(`data: ${"x".repeat(65_530)}\n\n`);
              for (; sent < 10_000; sent++) yield chunk;
            })(),
          }),
        },
      });
      const message = await open(app.url, { headers: acme });
      message.pause();
      let before = -1;
      await until("it waits", () => {
        const isWaiting = sent === before;
        before = sent;
        return isWaiting && sent > 0;
      });
      await pause(50);
      expect(sent).toBeLessThan(1_000);
      message.destroy();
      await until("the place is back", () => app.used()[0] === 0);
      expect(app.store.size().leases).toBe(0);
    });

    it("does not change a byte of an answer", async () => {
      const bytes = new Uint8Array(200_000).map((_, at) => (at * 31 + (at >> 8)) % 256);
      const chunks = [bytes.subarray(0, 1), bytes.subarray(1, 70_000), bytes.subarray(70_000)];
      const app = await limited(framework, {
        limits: [rpm],
        options: { meter: "auto" },
        routes: {
          "/": () => ({
            headers: { "content-type": "application/octet-stream", "x-own": "kept" },
            body: (async function* () {
              yield* chunks;
            })(),
          }),
        },
      });
      const message = await open(app.url, { headers: acme });
      const got = await read(message);
      expect(got.equals(bytes)).toBe(true);
      expect(message.headersDistinct["x-own"]).toEqual(["kept"]);
      expect(app.store.size().leases).toBe(0);
    });
  });
}

async function fail(): Promise<never> {
  throw new Error("for the test");
}
