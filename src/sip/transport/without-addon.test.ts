// The tests of datagrams once more, over node:dgram alone: what a gate does where no addon could be built.
process.env['TOLLGATE_NATIVE'] = 'off';
await import('./transports.test.ts');
await import('./udp-peers.test.ts');
