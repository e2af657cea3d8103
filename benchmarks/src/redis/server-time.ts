import type { Redis } from "ioredis";

/** The microseconds that the server takes for scripts while `work` is done: what they call within is in it. */
export async function serverUsOf<T>(
  client: Redis,
  work: () => Promise<T>,
): Promise<readonly [serverUs: number, answer: T]> {
  await client.config("RESETSTAT");
  const answer = await work();
  const stats = await client.info("commandstats");
  const spent = [
    ...stats.matchAll(/^cmdstat_(?:eval|evalsha|fcall)(?:_ro)?:calls=\d+,usec=(\d+)/gm),
  ];
  return [spent.reduce((sum, [, us]) => sum + Number(us), 0), answer];
}
