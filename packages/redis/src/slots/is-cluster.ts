import type { RedisClient } from "../client.ts";

/** Whether the client is one of a Cluster, of ioredis, iovalkey or node-redis. */
export function isCluster(client: RedisClient): boolean {
  if ("isCluster" in client) return client.isCluster === true;
  return "masters" in client && "slots" in client;
}
