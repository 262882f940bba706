import { createHash, createHmac } from 'node:crypto';

/** A pair of keys of the vendor's API. */
export interface Keys {
  readonly id: string;
  readonly secret: string;
}

/** A whole HTTP/1.1 request, signed with Signature Version 4 as the vendor's clients sign. */
export function signedRequest(line: string, host: string, body: string, keys: Keys): Buffer {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', query = ''] = target.split('?');
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/us-east-1/chime/aws4_request`;
  const canonical = [
    method,
    path,
    query,
    `host:${host}`,
    `x-amz-date:${time}`,
    '',
    'host;x-amz-date',
    sha256(body),
  ].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((chained, part) => hmac(chained, part), `AWS4${keys.secret}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  const head = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    `X-Amz-Date: ${time}`,
    `Authorization: AWS4-HMAC-SHA256 Credential=${keys.id}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
