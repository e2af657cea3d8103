import type { ErrorRequestHandler } from "express";

import { reasonOf } from "./reason.ts";

/** Answers what went wrong as JSON in OpenAI's form: the client's mistakes by their message, ours with status 500. */
export const answerErrors: ErrorRequestHandler = (
  error: Error & { status?: number },
  _req,
  res,
  next,
) => {
  if (res.headersSent) return next(error);
  const { status = 500 } = error;
  const type = status < 500 ? "invalid_request_error" : "server_error";
  res.status(status).json({ error: { message: reasonOf(error), type } });
};
