import { concurrency, slidingWindow } from "@sluice/core";
import { estimate } from "@sluice/core/llm";
import { formatRefusal, rateLimit } from "@sluice/trpc";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import OpenAI from "openai";

interface Chat {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: OpenAI.ChatCompletionMessageParam[];
}
const per = ["tenant"];
const model = new OpenAI({ apiKey: "none", baseURL: `${process.env["MODEL_URL"]}/v1` });
const t = initTRPC.context<{ tenant: string | undefined }>().create({
  errorFormatter: formatRefusal, // clients find what refused them in error.data.rateLimit
});
const limited = t.procedure
  .input((value) => value as Chat)
  .use(
    rateLimit({
      limits: [
        slidingWindow({ name: "rpm", limit: 60, window: "1m", per }),
        slidingWindow({ name: "tpm", limit: 90_000, window: "1m", unit: "tokens", per }),
        concurrency({ name: "inflight", limit: 8, expiresAfter: "5m", per }),
      ],
      subject: ({ ctx }) => ({ tenant: ctx.tenant }),
      cost: ({ input }) => estimate.openai(input), // reserves prompt and answer
      meter: "openai", // charges what was streamed
    }),
  );
const router = t.router({
  chat: limited.mutation(async function* ({ input, ctx }) {
    yield* await model.chat.completions.create(
      { ...input, stream: true, stream_options: { include_usage: true } },
      { signal: ctx.rateLimit?.signal }, // the model stops when the client leaves
    );
  }),
});
createHTTPServer({
  router,
  createContext: ({ req }) => ({ tenant: req.headers["x-tenant"]?.toString() }),
}).listen(Number(process.env["PORT"] ?? 3000));
