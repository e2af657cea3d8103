import type { Lease, Reservation, Store } from "@sluice/core";

/** The lease of a reservation that was allowed; fails the test when it was refused. */
export function granted<S extends Store>(reservation: Reservation<S>): Lease<S> {
  if (reservation.allowed) return reservation.lease;
  throw new Error(`expected a lease, got ${reservation.reason}`);
}
