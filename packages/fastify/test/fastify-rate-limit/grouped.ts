import type { FastifyInstance } from "fastify";

/** Two routes of one group, and one of another. */
export function grouped(app: FastifyInstance): void {
  for (const url of ["/send", "/resend", "/other"]) {
    const groupId = url === "/other" ? "B" : "A";
    app.get(url, { config: { rateLimit: { max: 2, groupId } } }, () => "sent");
  }
}
