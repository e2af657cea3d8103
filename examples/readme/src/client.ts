import { createFetch } from "@sluice/client-fetch";
import OpenAI from "openai";

const client = new OpenAI({ fetch: createFetch() });
const { choices } = await client.chat.completions.create({
  model: "gpt-5-mini",
  messages: [{ role: "user", content: "Say hello." }],
});
console.log(choices[0]?.message.content);
