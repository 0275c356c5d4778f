import { isHoldfastError } from '@holdfast/contracts';
import { equalBytes, joinParts, partsLength } from '@holdfast/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** One end of a connection, as `rmi` defines it. */
export interface ConnectionUnderTest {
  readonly backlogBytes: number;
  send(text: string): void;
  sendBytes(parts: readonly Uint8Array[]): void;
  ping(): void;
  receive(receiver: {
    message(data: string | Uint8Array): void;
    alive(): void;
    drained(): void;
    closed(reason: { readonly code: number; readonly reason: string }): void;
  }): void;
  close(code: number, reason: string): void;
}

/** A place where connections of one transport are made. */
export interface TransportScene extends AsyncDisposable {
  /** Dials, and gives both ends: the dialling one first. */
  connect(): Promise<readonly [ConnectionUnderTest, ConnectionUnderTest]>;
  /** Dials an address where nobody listens. */
  dialNobody(signal: AbortSignal): Promise<unknown>;
  /** Breaks all connections without a word, as a pulled cable and a dead peer do. */
  cut(): void;
  /** Waits for `work`, moving the clock where time is simulated. */
  run<T>(work: Promise<T>): Promise<T>;
}

/** What every transport must do. */
export function transportSuite(name: string, makeScene: () => Promise<TransportScene>): void {
  const scenario = (title: string, body: (scene: TransportScene) => Promise<void>): void =>
    test(title, async () => {
      await using scene = await makeScene();
      await body(scene);
    });

  describe(`${name} as a transport`, () => {
    scenario('delivers every message whole and in order, in both directions', async (scene) => {
      const property = fc.asyncProperty(fc.array(message, { maxLength: 12 }), async (messages) => {
        const [near, far] = await scene.run(scene.connect());
        const atNear = new Recorder(near);
        const atFar = new Recorder(far);
        for (const each of messages) {
          sendTo(near, each);
          sendTo(far, each);
        }
        await scene.run(Promise.all([atNear.count(messages.length), atFar.count(messages.length)]));
        for (const recorder of [atNear, atFar]) {
          messages.forEach((each, i) => expectSame(recorder.messages[i], each));
        }
        near.close(1000, '');
        await scene.run(Promise.all([atNear.over, atFar.over]));
      });
      await fc.assert(property, { numRuns: 25 });
    });

    scenario('keeps what arrives before anybody receives', async (scene) => {
      const [near, far] = await scene.run(scene.connect());
      near.send('early');
      near.sendBytes([Uint8Array.of(1), Uint8Array.of(2, 3)]);
      const echo = new Recorder(near);
      far.send('the other way');
      await scene.run(echo.count(1));
      const late = new Recorder(far);
      await scene.run(late.count(2));
      expect(late.messages).toEqual(['early', expect.anything()]);
      expectSame(late.messages[1], [Uint8Array.of(1, 2, 3)]);
    });

    scenario('closes behind what was sent, and tells code and reason', async (scene) => {
      const [near, far] = await scene.run(scene.connect());
      const atNear = new Recorder(near);
      const atFar = new Recorder(far);
      const large = new Uint8Array(1024 * 1024);
      near.sendBytes([large]);
      near.send('last words');
      near.close(4321, 'enough');
      near.send('too late');
      await scene.run(Promise.all([atNear.over, atFar.over]));
      expect(atFar.messages.length).toBe(2);
      expect(atFar.messages[1]).toBe('last words');
      expect(atFar.closings).toEqual([{ code: 4321, reason: 'enough' }]);
      expect(atNear.closings.length).toBe(1);
    });

    scenario('tells both ends when it breaks, once, and nothing after that', async (scene) => {
      const [near, far] = await scene.run(scene.connect());
      const ends = [new Recorder(near), new Recorder(far)];
      scene.cut();
      await scene.run(Promise.all(ends.map(({ over }) => over)));
      near.send('into the void');
      far.sendBytes([Uint8Array.of(1)]);
      near.close(1000, '');
      const [again, other] = await scene.run(scene.connect());
      const marker = new Recorder(other);
      again.send('a later message');
      await scene.run(marker.count(1));
      for (const end of ends) {
        expect(end.messages).toEqual([]);
        expect(end.closings.map(({ code }) => code)).toEqual([1006]);
      }
    });

    scenario('answers a ping without the help of who receives', async (scene) => {
      const [near, far] = await scene.run(scene.connect());
      const recorder = new Recorder(near);
      const silent = new Recorder(far);
      near.ping();
      await scene.run(recorder.alive);
      expect(silent.messages).toEqual([]);
    });

    scenario('counts what waits, and tells when it has gone', async (scene) => {
      const [near, far] = await scene.run(scene.connect());
      const atNear = new Recorder(near);
      const atFar = new Recorder(far);
      const block = new Uint8Array(256 * 1024).fill(7);
      // More than the buffers of any machine between the two ends take at once.
      for (let i = 0; i < 128; i++) near.sendBytes([Uint8Array.of(i), block]);
      expect(near.backlogBytes).toBeGreaterThan(block.length);
      await scene.run(atFar.count(128));
      await scene.run(atNear.drainedTo(near, 0));
      expect(near.backlogBytes).toBe(0);
    });

    scenario('says that nobody listens', async (scene) => {
      const dialling = scene.dialNobody(new AbortController().signal);
      const error: unknown = await scene.run(dialling.catch((reason: unknown) => reason));
      expect(isHoldfastError(error, 'unavailable')).toBe(true);
    });

    scenario('gives up dialling when told to', async (scene) => {
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      controller.abort(reason);
      const dialling = scene.dialNobody(controller.signal);
      expect(await scene.run(dialling.catch((error: unknown) => error))).toBe(reason);
    });
  });
}

/** Collects what one end is told. */
class Recorder {
  readonly messages: (string | Uint8Array)[] = [];
  readonly closings: { readonly code: number; readonly reason: string }[] = [];
  readonly over: Promise<void>;
  readonly alive: Promise<void>;
  #waiting: (() => void)[] = [];

  constructor(connection: ConnectionUnderTest) {
    let tellOver = (): void => {};
    let tellAlive = (): void => {};
    this.over = new Promise((resolve) => (tellOver = resolve));
    this.alive = new Promise((resolve) => (tellAlive = resolve));
    connection.receive({
      message: (data) => {
        this.messages.push(data);
        this.#wake();
      },
      alive: () => tellAlive(),
      drained: () => this.#wake(),
      closed: (reason) => {
        this.closings.push(reason);
        tellOver();
      },
    });
  }

  async count(messages: number): Promise<void> {
    while (this.messages.length < messages) await this.#change();
  }

  async drainedTo(connection: ConnectionUnderTest, bytes: number): Promise<void> {
    while (connection.backlogBytes > bytes) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

type Message = string | readonly Uint8Array[];

const part = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.nat({ max: 70_000 }).map((length) => new Uint8Array(length).fill(length)),
);
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.array(part, { minLength: 1, maxLength: 5 }),
);

function sendTo(connection: ConnectionUnderTest, each: Message): void {
  if (typeof each === 'string') connection.send(each);
  else connection.sendBytes(each);
}

function expectSame(received: string | Uint8Array | undefined, sent: Message): void {
  if (typeof sent === 'string') {
    expect(received).toBe(sent);
    return;
  }
  expect(received).toBeInstanceOf(Uint8Array);
  expect((received as Uint8Array).length).toBe(partsLength(sent));
  expect(equalBytes(received as Uint8Array, joinParts(sent))).toBe(true);
}
