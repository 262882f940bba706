import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { ManualClock } from '../../../kit/clock.ts';
import { ANSWERED, BUSY, FakeCall, NO_ANSWER, type FakeCallOptions } from '../../../../test/support/fake-call.ts';
import { MemoryCodes } from '../../../../test/support/memory-codes.ts';
import { Attendant, type AttendantOptions } from './attendant.ts';
import { PromptLibrary } from './prompts.ts';

const QUESTION = { line: 'webex:line-1', codeSets: ['loc-1'], number: '+442079460000' };
const CODE = '90817263';
const PROMPTS = new PromptLibrary();

interface Scene {
  readonly call: FakeCall;
  readonly codes: MemoryCodes;
  readonly clock: ManualClock;
  readonly attendant: Attendant;
  readonly handled: Promise<void>;
  /** What was played, by its name where it is a prompt. */
  played(): string[];
}

function open(
  changes: Partial<FakeCallOptions> = {},
  { codes = new MemoryCodes(CODE), ...options }: Partial<AttendantOptions> & { codes?: MemoryCodes } = {},
): Scene {
  const clock = new ManualClock();
  const call = new FakeCall({
    trunk: 'webex:loc-1',
    to: 'sip:9011442079460000@one.example;user=phone',
    dialled: [ANSWERED],
    code: QUESTION,
    ...changes,
  });
  const attendant = new Attendant({
    clock,
    codes,
    placeOf: async (trunk) => ({ location: trunk, language: 'de_de' }),
    ...options,
  });
  const handled = attendant.handle(call);
  const german = Object.entries(PROMPTS.in('de'));
  const played = (): string[] =>
    call.deeds.flatMap((deed) =>
      deed.kind === 'play' ? [german.find(([, audio]) => audio.length === deed.samples)?.[0] ?? 'tone'] : [],
    );
  return { call, codes, clock, attendant, handled, played };
}

/** Lets the attendant take what was keyed. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}

/** Moves the clock until the attendant is done. */
async function finish({ call, clock, handled }: Scene): Promise<void> {
  await settle();
  for (let step = 0; step < 200 && call.state !== 'ended'; step += 1) {
    clock.advance(1000);
    await settle();
  }
  assert.equal(call.state, 'ended');
  await handled;
}

function refusalOf({ deeds }: FakeCall): number | undefined {
  return deeds.flatMap((deed) => (deed.kind === 'reject' ? [deed.status] : [])).at(-1);
}

describe('a right code', () => {
  test('ended by the hash key calls whom the caller dialled, directly', async () => {
    const scene = open();
    await scene.call.press(`${CODE}#`);
    await finish(scene);
    const { call, codes } = scene;
    const [tried] = codes.tries;
    assert.deepEqual(tried, {
      line: 'line-1',
      location: 'loc-1',
      codeSets: ['loc-1'],
      digits: CODE,
      called: '+442079460000',
    });
    const wish = call.deeds.flatMap((deed) => (deed.kind === 'dial' ? [deed.wish] : []))[0];
    assert.deepEqual(wish?.parties, [{ kind: 'number', number: '9011442079460000' }]);
    assert.deepEqual([wish?.media, wish?.answerOnBridge], ['direct', false]);
    assert.equal(call.deeds.at(-1)?.kind, 'hangUp');
    assert.ok(call.notes.some((note) => note.includes('Reception')));
    assert.equal(JSON.stringify(call.deeds).includes(CODE), false);
    assert.equal(scene.clock.waiting, 0);
  });

  test('ended by a pause counts, and a star begins anew', async () => {
    const scene = open();
    await scene.call.press(`12*${CODE}`);
    await settle();
    assert.equal(scene.codes.tries.length, 0);
    scene.clock.advance(3000);
    await finish(scene);
    assert.deepEqual(
      scene.codes.tries.map(({ digits }) => digits),
      [CODE],
    );
  });

  test('keyed while the announcement goes on ends it', async () => {
    const scene = open({ slowAudio: true });
    await scene.call.until(() => scene.call.plays);
    await scene.call.press(`#${CODE}#`);
    await finish(scene);
    assert.equal(scene.call.deeds.find((deed) => deed.kind === 'play')?.complete, false);
    assert.equal(scene.codes.tries[0]?.digits, CODE);
  });

  test('after a wrong one is right', async () => {
    const scene = open();
    await scene.call.press('11#');
    await scene.call.until(() => scene.codes.tries.length === 1);
    await scene.call.press(`${CODE}#`);
    await finish(scene);
    assert.deepEqual(scene.played(), ['enter', 'wrong']);
    assert.ok(scene.call.deeds.some(({ kind }) => kind === 'dial'));
  });

  test('of a caller that takes early media is not answered before the callee answers', async () => {
    const scene = open({ early: true });
    await scene.call.press(`${CODE}#`);
    await finish(scene);
    assert.equal(
      scene.call.deeds.some(({ kind }) => kind === 'answer'),
      false,
    );
    const wish = scene.call.deeds.flatMap((deed) => (deed.kind === 'dial' ? [deed.wish] : []))[0];
    assert.equal(wish?.answerOnBridge, true);
  });
});

describe('a call is refused with 403', () => {
  for (const early of [false, true])
    test(`after three wrong codes, ${early ? 'unanswered' : 'answered'}`, async () => {
      const scene = open({ early });
      for (const wrong of ['1#', '22#', '333#']) await scene.call.press(wrong);
      await finish(scene);
      assert.deepEqual(scene.played(), ['enter', 'wrong', 'wrong', 'refused']);
      assert.equal(refusalOf(scene.call), 403);
      assert.equal(
        scene.call.deeds.some(({ kind }) => kind === 'answer'),
        !early,
      );
      assert.equal(
        scene.call.deeds.some(({ kind }) => kind === 'dial'),
        false,
      );
      assert.equal(scene.attendant.asked, 0);
      assert.equal(scene.clock.waiting, 0);
    });

  test('after silence', async () => {
    const scene = open();
    await finish(scene);
    assert.deepEqual(scene.played(), ['enter', 'enter', 'enter', 'refused']);
    assert.equal(refusalOf(scene.call), 403);
    assert.equal(scene.codes.tries.length, 0);
  });

  test('when keys go on for ever', async () => {
    const scene = open();
    for (let count = 0; count < 100 && scene.call.state !== 'ended'; count += 1) {
      if (scene.call.listens) await scene.call.press('5');
      scene.clock.advance(1000);
      await settle();
    }
    await scene.handled;
    assert.equal(refusalOf(scene.call), 403);
    assert.ok(scene.codes.tries.every(({ digits }) => digits.length <= 33));
  });

  test('when too many wrong codes came before, and once they have come', async () => {
    const locked = open({}, { codes: new MemoryCodes(CODE, 0) });
    await locked.handled;
    assert.deepEqual([locked.played(), refusalOf(locked.call)], [['locked'], 403]);
    const scene = open({}, { codes: new MemoryCodes(CODE, 1) });
    for (const wrong of ['1#', `${CODE}#`]) await scene.call.press(wrong);
    await finish(scene);
    assert.deepEqual([scene.played(), refusalOf(scene.call)], [['enter', 'wrong', 'locked'], 403]);
  });
});

describe('a call that comes to nothing', () => {
  test('tells a caller that was answered, and ends as the callee did', async () => {
    for (const [outcome, said, status] of [
      [BUSY, 'tone', 486],
      [NO_ANSWER, 'failed', 480],
      [{ kind: 'failed', status: 407, talked: 0 }, 'failed', 480],
    ] as const) {
      const scene = open({ dialled: [outcome] });
      await scene.call.press(`${CODE}#`);
      await finish(scene);
      assert.deepEqual([scene.played().at(-1), refusalOf(scene.call)], [said, status]);
    }
  });

  test('is refused as the callee refused it where the caller is not answered yet', async () => {
    const scene = open({ early: true, dialled: [BUSY] });
    await scene.call.press(`${CODE}#`);
    await finish(scene);
    assert.deepEqual([scene.played(), refusalOf(scene.call)], [['enter'], 486]);
  });
});

test('one caller too many is told to try again', async () => {
  const scene = open({}, { mostAsked: 1 });
  const late = new FakeCall({ trunk: 'webex:loc-1', code: QUESTION });
  await scene.attendant.handle(late);
  assert.equal(refusalOf(late), 503);
  scene.call.leave();
  await assert.rejects(scene.handled, { name: 'CallGone' });
  assert.equal(scene.attendant.asked, 0);
  assert.equal(scene.clock.waiting, 0);
});
