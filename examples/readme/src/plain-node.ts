import { createServer, type ServerResponse } from "node:http";

import { nodeRateLimit } from "@sluice/core/http";

const limited = nodeRateLimit(); // 60 requests a minute for each client address
createServer(limited((_req, res: ServerResponse) => res.end("hello"))).listen(
  process.env["PORT"] ?? 3000,
);
