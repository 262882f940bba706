import type { FastifyInstance } from 'fastify';

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Hands every body over as it came, whatever type it is said to have; at most `bodyLimit` bytes. As a string it must be
 * UTF-8 (400): with what is not replaced, a password in it would be another one.
 */
export function takeBodies(app: FastifyInstance, parseAs: 'buffer' | 'string', bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  // All types that are named, and those without: under '*' alone, Fastify would read the type of every request anew.
  for (const types of [/^/, '*'])
    app.addContentTypeParser<Buffer>(types, { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
      if (parseAs === 'buffer') return done(null, body);
      const text = decode(body);
      if (text === undefined)
        return done(Object.assign(new Error('The request body is not UTF-8'), { statusCode: 400 }));
      return done(null, text);
    });
}

function decode(body: Buffer): string | undefined {
  try {
    return UTF_8.decode(body);
  } catch {
    return undefined;
  }
}
