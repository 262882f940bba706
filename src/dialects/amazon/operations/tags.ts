import type { Static } from 'typebox';
import { put, read, remove, type Documents } from '../documents.ts';
import { notFound, serviceError } from '../errors.ts';
import { change, type Answer, type Call } from '../operation.ts';
import { ListTagsQuery, type Tag, type TagResource, type UntagResource } from '../schemas.ts';
import { checkQuery } from '../validate.ts';

/** Most tags of one resource. */
const MOST_TAGS = 50;

/** Adds tags, or replaces the values of those that exist. */
export function tagResource(call: Call<Static<typeof TagResource>>): Promise<Answer> {
  const { ResourceARN, Tags } = call.body;
  return change(call, async (view) => {
    await requireResource(view, ResourceARN);
    const before = (await read(view, 'tags', ResourceARN))?.Tags ?? [];
    const tags = uniqueTags([...before, ...Tags]);
    if (tags.length > MOST_TAGS)
      throw serviceError('ResourceLimitExceededException', `A resource has at most ${MOST_TAGS} tags`);
    return { writes: [put('tags', ResourceARN, { Tags: tags })], result: undefined };
  });
}

/** One tag for each key, the last that was given. */
export function uniqueTags(tags: readonly Tag[]): Tag[] {
  return [...new Map(tags.map((tag) => [tag.Key, tag])).values()];
}

export function untagResource(call: Call<Static<typeof UntagResource>>): Promise<Answer> {
  const { ResourceARN, TagKeys } = call.body;
  return change(call, async (view) => {
    await requireResource(view, ResourceARN);
    const before = (await read(view, 'tags', ResourceARN))?.Tags ?? [];
    const Tags = before.filter(({ Key }) => !TagKeys.includes(Key));
    const write = Tags.length > 0 ? put('tags', ResourceARN, { Tags }) : remove('tags', ResourceARN);
    return { writes: [write], result: undefined };
  });
}

export async function listTagsForResource(call: Call): Promise<Answer> {
  const { arn } = checkQuery(ListTagsQuery, call.query);
  await requireResource(call.service.ledger, arn);
  return (await read(call.service.ledger, 'tags', arn)) ?? { Tags: [] };
}

/** Only Voice Connectors have an ARN here; throws NotFound for any other. */
async function requireResource(documents: Documents, arn: string): Promise<void> {
  const id = arn.slice(arn.lastIndexOf('/') + 1);
  const connector = await read(documents, 'voice-connector', id);
  if (connector?.VoiceConnectorArn !== arn) throw notFound('resource', arn);
}
