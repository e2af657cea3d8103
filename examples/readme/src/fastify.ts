import { rateLimit } from "@sluice/fastify";
import fastify from "fastify";

const app = fastify();
await app.register(rateLimit); // 60 requests a minute for each client address
app.get("/", () => "hello");
await app.listen({ port: Number(process.env["PORT"] ?? 3000) });
