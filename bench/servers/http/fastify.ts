// Fastify bare: routes that check and store nothing. What the gate's own API could be at most.
import Fastify from 'fastify';

const app = Fastify();
const schema = { body: { type: 'object', properties: { Credentials: { type: 'array' } } } } as const;

app.get<{ Params: { connector: string } }>('/voice-connectors/:connector', ({ params: { connector } }) => ({
  VoiceConnector: {
    VoiceConnectorId: connector,
    AwsRegion: 'us-east-1',
    Name: 'trunk',
    OutboundHostName: `${connector}.voiceconnector.chime.aws`,
    RequireEncryption: false,
    CreatedTimestamp: '2026-01-01T00:00:00.000Z',
    UpdatedTimestamp: '2026-01-01T00:00:00.000Z',
  },
}));
app.post('/voice-connectors/:connector/termination/credentials', { schema }, (_request, reply) =>
  reply.code(204).send(),
);
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
