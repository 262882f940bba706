import { RevisionConflict } from '../../ledger/ledger.ts';

/** The service's own exceptions: HTTP status and the `Code` of the body (chime-sdk-voice 2022-08-03). */
const SERVICE_ERRORS = {
  BadRequestException: [400, 'BadRequest'],
  ConflictException: [409, 'Conflict'],
  ForbiddenException: [403, 'Forbidden'],
  NotFoundException: [404, 'NotFound'],
  ResourceLimitExceededException: [400, 'ResourceLimitExceeded'],
  ServiceFailureException: [500, 'ServiceFailure'],
  ServiceUnavailableException: [503, 'ServiceUnavailable'],
} as const;

/** What the vendor's common front end raises before the service is reached: a `message`, no `Code`. */
const FRONT_END_ERRORS = {
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  InvalidSignatureException: 403,
  IncompleteSignatureException: 400,
  UnknownOperationException: 404,
  RequestEntityTooLargeException: 413,
} as const;

/** An answer of the vendor's kind: its exception name, HTTP status and body. */
export class VendorError extends Error {
  override name = 'VendorError';
  /** The exception's name, for the header `x-amzn-ErrorType`. */
  readonly type: string;
  readonly status: number;
  /** The body's `Code`; undefined for errors of the front end. */
  readonly code: string | undefined;

  constructor(type: string, status: number, code: string | undefined, message: string) {
    super(message);
    this.type = type;
    this.status = status;
    this.code = code;
  }

  /** The body as clients read it. */
  get body(): Record<string, string> {
    return this.code === undefined ? { message: this.message } : { Code: this.code, Message: this.message };
  }
}

/** An exception of the service. `code` stands in for the exception's usual one (ErrorCode of the model). */
export function serviceError(type: keyof typeof SERVICE_ERRORS, message: string, code?: string): VendorError {
  const [status, usual] = SERVICE_ERRORS[type];
  return new VendorError(type, status, code ?? usual, message);
}

/** An exception of the front end. */
export function frontEndError(type: keyof typeof FRONT_END_ERRORS, message: string): VendorError {
  return new VendorError(type, FRONT_END_ERRORS[type], undefined, message);
}

/** 400 for input that breaks a rule; the message names the member. */
export function badRequest(message: string, code?: string): VendorError {
  return serviceError('BadRequestException', message, code);
}

/** 409 for a resource that others still hold; `code` says who (ErrorCode of the model). */
export function conflict(message: string, code: string): VendorError {
  return serviceError('ConflictException', message, code);
}

/** 404 for a resource that does not exist, in the wording of the vendor's own logs. */
export function notFound(noun: string, id: string): VendorError {
  return serviceError('NotFoundException', `Could not find ${noun} with Id: ${id}`);
}

/** The vendor's shape of whatever went wrong; what nobody foresaw becomes a 500 that says nothing of the inside. */
export function toVendorError(error: unknown): VendorError {
  if (error instanceof VendorError) return error;
  if (error instanceof RevisionConflict)
    return serviceError('ServiceUnavailableException', 'Too many changes of the same resource at once; try again');
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (statusCode === 413) return frontEndError('RequestEntityTooLargeException', 'The request body is too large');
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return badRequest(String(message));
  return serviceError('ServiceFailureException', 'The service encountered an unexpected error');
}
