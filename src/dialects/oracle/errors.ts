/** A refusal as this API says it: a status and the text of `errorMessage`. */
export class SbcError extends Error {
  override name = 'SbcError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** 400: the request cannot be understood or is not valid; nothing was changed. */
export function badRequest(message: string): SbcError {
  return new SbcError(400, message);
}

/** 404: unknown version, element type or instance. */
export function notFound(message: string): SbcError {
  return new SbcError(404, message);
}

/** 409: the element is there already. */
export function conflict(message: string): SbcError {
  return new SbcError(409, message);
}
