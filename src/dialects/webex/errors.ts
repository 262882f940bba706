import { RevisionConflict } from '../../ledger/ledger.ts';

/** Code of the vendor's telephony services for a value that it does not take. */
export const INVALID_VALUE = 25_024;

const NOT_FOUND = 'The requested resource could not be found.';
const FORBIDDEN =
  'The server understood the request, but refused to fulfill it because the access token is missing required scopes or the user is missing required roles or licenses.';

/** An answer of the vendor's kind: HTTP status and what its envelope says. */
export class VendorError extends Error {
  override name = 'VendorError';
  readonly status: number;
  /** The vendor's number of the fault, where it has one. */
  readonly code: number | undefined;
  /** Seconds until a further attempt makes sense. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, code?: number, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** The body as clients read it; they need `message` and `trackingId` to read it at all. */
  body(trackingId: string): object {
    const { message, code } = this;
    const description = code === undefined ? message : `[Error ${code}] ${message}`;
    return { message, errors: [{ description, ...(code !== undefined && { errorCode: code }) }], trackingId };
  }
}

/** 400; the message never repeats what may be a secret. */
export function invalid(message: string, code: number = INVALID_VALUE): VendorError {
  return new VendorError(400, message, code);
}

export function conflict(message: string, code?: number): VendorError {
  return new VendorError(409, message, code);
}

/** 502, with which the vendor's telephony services answer at their own limits. */
export function limitReached(message: string): VendorError {
  return new VendorError(502, message, 4251);
}

/** 404, whatever it is that is not there. */
export function notFound(): VendorError {
  return new VendorError(404, NOT_FOUND);
}

/** 403: the token is good, but not for this. */
export function forbidden(): VendorError {
  return new VendorError(403, FORBIDDEN);
}

export function unauthenticated(): VendorError {
  return new VendorError(401, 'The request requires a valid access token set in the Authorization request header.');
}

/** The vendor's shape of whatever went wrong; what nobody foresaw becomes a 500 that says nothing of the inside. */
export function toVendorError(error: unknown): VendorError {
  if (error instanceof VendorError) return error;
  if (error instanceof RevisionConflict)
    return new VendorError(423, 'The requested resource is temporarily unavailable.', undefined, 1);
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (statusCode === 413) return new VendorError(413, 'The request body is too large.');
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new VendorError(statusCode, String(message));
  return new VendorError(500, 'Something went wrong on the server.');
}
