/** The path of Tollgate's own API; all others lie below it. */
export const NATIVE_PATH = '/tollgate/v1';
