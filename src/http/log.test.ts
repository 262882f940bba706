import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLogger } from './log.ts';

/** What `use` logs, line by line. */
function logged(
  level: string,
  use: (logger: ReturnType<typeof createLogger>) => void,
  options: { maskNumbers?: boolean } = {},
): Record<string, unknown>[] {
  const lines: string[] = [];
  use(createLogger(level, { destination: { write: (line: string) => void lines.push(line) }, ...options }));
  return lines.map((line) => JSON.parse(line));
}

describe('log', () => {
  test('hides secrets at any depth, in errors and in bindings', () => {
    const lines = logged('info', (logger) => {
      const headers = { Authorization: 'hunter2', 'Proxy-Authorization': 'hunter2', host: 'gate' };
      logger.info({ request: { headers }, users: [{ username: 'u', Password: 'hunter2', ha1: 'hunter2' }] }, 'line');
      logger.error(Object.assign(new Error('failed'), { config: { headers } }), 'line');
      logger.child({ token: 'hunter2', part: 'sip' }).warn({ awsSecretAccessKey: 'hunter2' }, 'line');
    });
    assert.equal(lines.length, 3);
    assert.doesNotMatch(JSON.stringify(lines), /hunter2/);
    assert.deepEqual(lines[0]?.request, {
      headers: { Authorization: '[hidden]', 'Proxy-Authorization': '[hidden]', host: 'gate' },
    });
    assert.equal(lines[2]?.part, 'sip');
  });

  test('10.15 masks telephone numbers where the operator wishes', () => {
    const use = (logger: ReturnType<typeof createLogger>): void => {
      logger.info({ path: '/phone-numbers/%2B12065550100', ip: '198.51.100.7' }, 'request');
      logger.error(new Error('+12065550100 is taken'), 'failed');
    };
    const [request, failure] = logged('info', use, { maskNumbers: true });
    assert.equal(request?.path, '/phone-numbers/%2B1206555****');
    assert.equal(request?.ip, '198.51.100.7');
    assert.doesNotMatch(JSON.stringify(failure), /2065550100/);
    assert.match(JSON.stringify(logged('info', use)), /2065550100/);
  });

  test('keeps to its level', () => {
    assert.deepEqual(
      logged('warn', (logger) => {
        logger.info('quiet');
        logger.warn('heard');
      }).map(({ level, msg }) => [level, msg]),
      [['warn', 'heard']],
    );
    assert.deepEqual(
      logged('silent', (logger) => logger.fatal('quiet')),
      [],
    );
  });

  test('survives structures that are deep, circular or odd', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle.self = circle;
    const lines = logged('info', (logger) => {
      logger.info(
        { circle, nothing: null, bare: Object.create(null), at: new Date(0), many: [[[[[[[[1]]]]]]]] },
        'odd',
      );
      logger.info({ err: null }, 'no error');
    });
    assert.equal(lines[0]?.msg, 'odd');
    assert.equal(lines.length, 2);
  });
});
