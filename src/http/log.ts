import { maskNumbers } from '../kit/mask-numbers.ts';
import { pino, stdSerializers, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

/** Members whose value is never logged, at any depth, whatever their case. */
const SECRET_NAME = /authorization|password|passwd|secret|token|credential|cookie|private-?key|^ha1$|^md5$|^sha256$/i;
/** The same for what a child logger is bound to, where pino asks by exact name only. */
const BOUND_NAMES = ['authorization', 'password', 'secret', 'token', 'credentials'];
const HIDDEN = '[hidden]';

/** Deeper structures are cut off: a log line is no place for them. */
const DEEPEST = 6;

interface LogOptions {
  /** Standard error when absent. */
  readonly destination?: DestinationStream;
  /** Whether telephone numbers lose their last four digits. */
  readonly maskNumbers?: boolean;
}

/**
 * The program's log: one JSON object a line, to standard error unless told otherwise. Members named like a secret
 * are replaced by `[hidden]`, in errors too: one walk over each line, as pino's own redaction of nested paths
 * takes twenty times as long.
 */
export function createLogger(level: string, { destination, maskNumbers: masks = false }: LogOptions = {}): Logger {
  const text = masks ? maskNumbers : (value: string): string => value;
  const withoutSecrets = (entry: object, depth = 0): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(entry).map(([name, value]) => [name, SECRET_NAME.test(name) ? HIDDEN : shown(value, depth + 1)]),
    );
  const shown = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > DEEPEST) return '[deep]';
    if (Array.isArray(value)) return value.map((item) => shown(item, depth + 1));
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null ? withoutSecrets(value, depth) : value;
  };
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    serializers: {
      err: (error: unknown) => (error instanceof Error ? withoutSecrets(stdSerializers.err(error)) : shown(error, 0)),
      ...Object.fromEntries(BOUND_NAMES.map((name) => [name, () => HIDDEN])),
    },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (entry: object) => withoutSecrets(entry),
    },
  };
  // Asynchronous writing would lose the last lines before a crash.
  return pino(options, destination ?? pino.destination({ dest: 2, sync: true }));
}
