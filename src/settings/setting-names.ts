/** Begins every variable of ours; an unknown one is an error. */
export const PREFIX = 'TOLLGATE_';

/** `logLevel` → `log-level`. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `logLevel` → `TOLLGATE_LOG_LEVEL`. */
export function variableOf(key: string): string {
  return `${PREFIX}${flagOf(key).replaceAll('-', '_').toUpperCase()}`;
}

/** `TOLLGATE_LOG_LEVEL` → `LOG_LEVEL`. */
export function withoutPrefix(variable: string): string {
  return variable.slice(PREFIX.length);
}
