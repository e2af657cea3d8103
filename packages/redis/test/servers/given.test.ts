import { expect, it } from "vitest";

import { ask } from "./ask.ts";
import { placesOf } from "./given.ts";
import { startRedis } from "./redis-server.ts";

it("is a server of our own where none is given", async () => {
  const [place, ...others] = placesOf({ REDIS_URL: "" });
  await using opened = await place!.open();
  const { hostname: host, port } = new URL(opened.url);
  expect(await ask({ host, port: Number(port) }, "PING")).toBe("PONG");
  expect(others).toEqual([]);
});

it("is each given server, in a place that nobody else has, and leaves it as it was", async () => {
  await using server = await startRedis();
  const places = placesOf({ REDIS_URL: server.url, VALKEY_URL: server.url });
  expect(places.map(({ name }) => name)).toEqual(["REDIS_URL", "VALKEY_URL"]);
  await ask(server, "SET", "theirs", 1);
  {
    await using first = await places[0]!.open();
    await using second = await places[1]!.open();
    expect(first.prefix).not.toBe(second.prefix);
    for (const { prefix, url } of [first, second]) {
      expect(url).toBe(server.url);
      for (let index = 0; index < 50; index++) await ask(server, "SET", prefix + index, 1);
    }
  }
  expect(await ask(server, "KEYS", "*")).toEqual(["theirs"]);
});
