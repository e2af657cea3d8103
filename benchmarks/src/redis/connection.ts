import { Redis } from "ioredis";

import type { Opened, Opening, Subject } from "./subjects/subject.ts";

/** Opens a subject on an empty server, with a client of its own, and closes both when `work` is done. */
export async function withSubject<T>(
  { port, subject, limit }: { port: number; subject: Subject; limit: number },
  work: (opened: Opened, client: Opening["client"]) => Promise<T>,
): Promise<T> {
  const client = new Redis(port, "127.0.0.1");
  try {
    await client.flushall();
    const opened = subject.open({ client, limit });
    try {
      const done = await work(opened, client);
      const failure = opened.failure?.();
      if (failure === undefined) return done;
      throw new Error(`${subject.name} decided without the server`, { cause: failure });
    } finally {
      await opened.close?.();
    }
  } finally {
    client.disconnect();
  }
}
