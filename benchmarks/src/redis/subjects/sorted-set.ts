import type { Redis } from "ioredis";

import type { Subject } from "./subject.ts";

const name = "sorted-set log";

const now = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** The textbook's exact sliding window, ours: a member for each request, scored by its time. KEYS: log; ARGV: window, limit, id. */
const unit = `${now}
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - ARGV[1])
if redis.call("ZCARD", KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call("ZADD", KEYS[1], now, ARGV[3])
redis.call("PEXPIRE", KEYS[1], ARGV[1])
return 1
`;

/** The same with a cost in each member, summed for every question. KEYS: log; ARGV: window, limit, id, cost. */
const weighted = `${now}
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - ARGV[1])
local used = 0
for _, member in ipairs(redis.call("ZRANGE", KEYS[1], 0, -1)) do
  used = used + tonumber(string.match(member, "%d+$"))
end
if used + ARGV[4] > tonumber(ARGV[2]) then return 0 end
redis.call("ZADD", KEYS[1], now, ARGV[3] .. ":" .. ARGV[4])
redis.call("PEXPIRE", KEYS[1], ARGV[1])
return 1
`;

/** The first for several limits, all or none. KEYS: a log each; ARGV: id, then window and limit of each. */
const several = `${now}
for index, log in ipairs(KEYS) do
  redis.call("ZREMRANGEBYSCORE", log, "-inf", now - ARGV[2 * index])
  if redis.call("ZCARD", log) >= tonumber(ARGV[2 * index + 1]) then return 0 end
end
for index, log in ipairs(KEYS) do
  redis.call("ZADD", log, now, ARGV[1])
  redis.call("PEXPIRE", log, ARGV[2 * index])
end
return 1
`;

const windowMs = 60_000;

/** Every request of a window in a sorted set. */
export const sortedSet: Subject = {
  name,
  promise: "the textbook's algorithm, written here: exact sliding window, one limit, no lease",
  open({ client, limit }) {
    const run = scriptOf(client, unit);
    return { decide: (key) => run([`log:${key}`], [windowMs, limit, nextId()]) };
  },
};

/** Every request of a window in a sorted set, with what it cost. */
export const weightedSortedSet: Subject = {
  name,
  promise: "the same with costs",
  open({ client, limit }) {
    const run = scriptOf(client, weighted);
    return { decide: (key, cost) => run([`log:${key}`], [windowMs, limit, nextId(), cost]) };
  },
};

/** Three sorted sets in one script: a minute, an hour and a day. */
export const threeSortedSets: Subject = {
  name,
  promise: "three in one script: all or none, no lease",
  open({ client, limit }) {
    const run = scriptOf(client, several);
    const numbers = [windowMs, limit, 3_600_000, 10 * limit, 86_400_000, 100 * limit];
    return {
      decide: (key) =>
        run([`log:${key}:minute`, `log:${key}:hour`, `log:${key}:day`], [nextId(), ...numbers]),
    };
  },
};

function scriptOf(client: Redis, lua: string) {
  const loaded = client.script("LOAD", lua);
  return async (keys: readonly string[], args: readonly (string | number)[]): Promise<boolean> => {
    const digest = String(await loaded);
    return (await client.evalsha(digest, keys.length, ...keys, ...args)) === 1;
  };
}

const ours = process.pid.toString(36);
let ids = 0;

function nextId(): string {
  return `${ours}-${(ids++).toString(36)}`;
}
