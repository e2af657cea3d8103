// @ts-nocheck
import type { Ended } from "../outcome.ts";
import { endedAs } from "./report.ts";
import { withBody } from "./with-body.ts";
export function guardResponse(response: Response, _options: unknown) {
  let end: (ended: Ended) => void = () => {};
  const ended = new Promise<Ended>((resolve) => (end = resolve));
  const reader = response.body?.getReader();
  if (!reader) {
    end(endedAs("complete"));
    return {
      response,
      begun: Promise.resolve({ begun: true as const }),
      ended,
      cancel: async () => {},
    };
  }
  const body = new ReadableStream<Uint8Array>({
    async pull(c) {
      try {
        const r = await reader.read();
        if (r.done) {
          end(endedAs("unknown"));
          c.close();
        } else c.enqueue(r.value);
      } catch (e) {
        end(endedAs("failed"));
        c.error(e);
      }
    },
    cancel(reason) {
      end(endedAs("aborted"));
      return reader.cancel(reason);
    },
  });
  return {
    response: withBody(response, body),
    begun: Promise.resolve({ begun: true as const } as { begun: true } | { ended: Ended }),
    ended,
    cancel: async () => {
      end(endedAs("aborted"));
      await reader.cancel();
    },
  };
}
export type Guarded = ReturnType<typeof guardResponse>;
