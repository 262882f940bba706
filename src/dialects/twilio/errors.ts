import { RevisionConflict } from '../../ledger/ledger.ts';

/** The vendor's codes that this dialect answers with, each with its HTTP status (the error dictionary). */
const STATUS = {
  20001: 400,
  20003: 401,
  20004: 405,
  20403: 403,
  20404: 404,
  20500: 500,
  20503: 503,
  21205: 400,
  21210: 400,
  21211: 400,
  21212: 400,
  21213: 400,
  21217: 400,
  21218: 400,
  21220: 400,
  21221: 400,
  21223: 400,
  21225: 400,
  21230: 400,
  21231: 400,
  21232: 400,
  21233: 400,
  21235: 400,
  21236: 400,
  21237: 400,
  21238: 400,
  21239: 400,
  21240: 400,
  21241: 400,
  21242: 400,
  21243: 400,
  21244: 400,
  21245: 400,
  21247: 400,
  21248: 400,
  21249: 400,
  21252: 400,
  21253: 400,
  21254: 400,
  21255: 400,
  21300: 400,
  21421: 400,
  21422: 400,
  21452: 400,
  21481: 400,
} as const;

export type ErrorCode = keyof typeof STATUS;

/** An answer of the vendor's kind: its code, HTTP status and envelope. */
export class VendorError extends Error {
  override name = 'VendorError';
  readonly code: ErrorCode | 413;
  readonly status: number;
  readonly detail: string | undefined;

  constructor(code: ErrorCode | 413, message: string, detail?: string) {
    super(message);
    this.code = code;
    this.status = code === 413 ? code : STATUS[code];
    this.detail = detail;
  }

  /** The body as clients read it. */
  get body(): object {
    const { code, message, status, detail } = this;
    const more = `https://www.twilio.com/docs/errors/${code}`;
    return { code, ...(detail !== undefined && { detail }), message, more_info: more, status };
  }
}

/** A refusal; `message` never repeats what may be a secret. */
export function refusal(code: ErrorCode, message: string): VendorError {
  return new VendorError(code, message);
}

/** 404 in the vendor's wording; `path` is the request's below the version, for v1 and v2, or whole, for 2010. */
export function notFound(path: string): VendorError {
  return new VendorError(20404, `The requested resource ${path} was not found`);
}

/** 401: the message says which part was wrong, as the vendor's does. */
export function unauthenticated(message: string): VendorError {
  return new VendorError(20003, message, 'Your AccountSid or AuthToken was incorrect.');
}

/** The vendor's shape of whatever went wrong; what nobody foresaw becomes a 500 that says nothing of the inside. */
export function toVendorError(error: unknown): VendorError {
  if (error instanceof VendorError) return error;
  if (error instanceof RevisionConflict)
    return refusal(20503, 'Too many changes of the same resource at once; try again');
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (statusCode === 413) return new VendorError(413, 'Request entity too large');
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return refusal(20001, String(message));
  return refusal(20500, 'An internal server error has occurred');
}
