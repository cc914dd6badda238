/** gRPC status codes of a call that broke: what the client did not make into an error of its own. */
export const BROKEN: readonly unknown[] = [1, 2, 4, 8, 13, 14];
