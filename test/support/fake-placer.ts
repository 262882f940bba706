import type { CallPlacer } from '../../src/rulebook/call-control.ts';
import { FakeCall } from './fake-call.ts';

type PlaceWish = Parameters<CallPlacer['place']>[0];

/** A call that an application placed: the wish, and the far end in the test's hands. */
export class PlacedCall {
  readonly wish: PlaceWish;
  readonly call: FakeCall;

  constructor(wish: PlaceWish) {
    this.wish = wish;
    // One that is not answered from the start, unlike what FakeCall does for outbound calls.
    this.call = new FakeCall({ from: wish.from, account: wish.account, callId: 'placed@test' });
  }

  ring(): void {
    this.wish.onProgress?.('ringing');
  }

  /** The far end answers; resolves when the application has done its work. */
  async answer(): Promise<void> {
    await this.call.answer();
    this.wish.onProgress?.('answered');
    await this.wish.onAnswer(this.call);
    this.call.hangUp();
  }
}

/** Places calls nowhere: a test says what becomes of them. */
export class FakePlacer implements CallPlacer {
  readonly placed: PlacedCall[] = [];

  place(wish: PlaceWish): FakeCall {
    const placed = new PlacedCall(wish);
    this.placed.push(placed);
    wish.onProgress?.('initiated');
    return placed.call;
  }
}
