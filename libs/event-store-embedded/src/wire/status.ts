/** gRPC status codes this server answers with. */
export const Code = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
} as const;

/** How a call ends when it does not end well: status, text and trailers as the client's driver expects them. */
export class StatusError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly trailers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** What the database says when its own handler throws. */
export const handlerFailed = (message = 'Exception was thrown by handler.') => new StatusError(Code.UNKNOWN, message);

export const streamDeleted = (stream: string) =>
  new StatusError(Code.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const unimplemented = (what: string) =>
  new StatusError(Code.UNIMPLEMENTED, `${what} is not implemented by this server.`);
