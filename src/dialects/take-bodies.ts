import type { FastifyInstance } from 'fastify';

/** Hands every body over as it came, whatever type it is said to have; at most `bodyLimit` bytes. */
export function takeBodies(app: FastifyInstance, parseAs: 'buffer' | 'string', bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  // All types that are named, and those without: under '*' alone, Fastify would read the type of every request anew.
  for (const types of [/^/, '*'])
    app.addContentTypeParser<Buffer | string>(types, { parseAs, bodyLimit }, (_request, body, done) =>
      done(null, body),
    );
}
