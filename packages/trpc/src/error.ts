import type { Problem, Refusal } from "@sluice/core/http";
import { type TRPCDefaultErrorShape, TRPCError } from "@trpc/server";

/** The error of a refused call. */
export function errorOf(refusal: Refusal): TRPCError {
  const { status, problem } = refusal;
  const code = status === 503 ? "SERVICE_UNAVAILABLE" : "TOO_MANY_REQUESTS";
  return Object.assign(new TRPCError({ code, message: problem.detail }), { refusal });
}

/** The refusal that `error` tells of; `undefined` for any other error. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof TRPCError) || !("refusal" in error)) return undefined;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- only `errorOf` puts one there
  return error.refusal as Refusal;
}

/** tRPC's own shape of an error, and what a refused client may know. */
export interface RefusalShape extends TRPCDefaultErrorShape {
  readonly data: TRPCDefaultErrorShape["data"] & { readonly rateLimit: Problem | undefined };
}

/** For `errorFormatter`: clients find the problem of a refusal in `error.data.rateLimit`, `retryAfter` in seconds among it. */
export function formatRefusal({
  shape,
  error,
}: {
  readonly shape: TRPCDefaultErrorShape;
  readonly error: TRPCError;
}): RefusalShape {
  return { ...shape, data: { ...shape.data, rateLimit: refusalOf(error)?.problem } };
}

/** What `decide` comes to; what the call got wrong becomes tRPC's own error for it. */
export async function invalid<T>(decide: () => Promise<T>): Promise<T> {
  try {
    return await decide();
  } catch (cause) {
    const isTheirs = cause instanceof Error && "status" in cause && cause.status === 400;
    throw isTheirs ? new TRPCError({ code: "BAD_REQUEST", message: cause.message, cause }) : cause;
  }
}

/** The error of a call whose client has left. */
export function left(): TRPCError {
  return new TRPCError({ code: "CLIENT_CLOSED_REQUEST" });
}
