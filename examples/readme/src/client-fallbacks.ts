import { alternative, createFetch, isFetchError, template } from "@sluice/client-fetch";

const fetch = createFetch({
  deadline: "30s",
  class: "interactive", // "batch" yields to it; a call may say its own: { sluice: { class: "batch" } }
  fallbacks: [
    alternative({ name: "smaller", model: "small" }), // under its own limits, breaker and budget
    template({ answer: "We are busy. Please try again in a minute.", confidence: 0 }),
  ],
  onWait: ({ ms, reason }) => console.log(`waiting ${ms} ms (${reason})`),
});

try {
  const response = await fetch(`${process.env["MODEL_URL"]}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "large", messages: [{ role: "user", content: "Say hello." }] }),
  });
  const { attempts, source, ended } = response.sluice;
  console.log(response.status, source, attempts.length);
  await response.text();
  console.log((await ended).outcome); // "complete", "cut", "filtered", "truncated", …
} catch (error) {
  if (!isFetchError(error)) throw error; // what the request itself is at fault for, or an abort
  console.log(error.code, error.attempts); // "deadline-exceeded", and what was sent, when, and what came
}
