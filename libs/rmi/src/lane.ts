import { HoldfastError } from '@holdfast/contracts';
import { joinParts, partsLength, type ByteParts, type Clock, type Timer } from '@holdfast/kernel';
import { CLOSE, type CloseReason, type Connection } from './connection.ts';
import { FRAME, readCredit, readFrame } from './frame.ts';
import { IncomingStreams, ProtocolViolation } from './incoming-streams.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { RmiLog } from './log.ts';
import { errorAnswer, parseText } from './message.ts';
import { OutgoingStreams } from './outgoing-streams.ts';
import { WIRE_LIMITS, type RmiLimits } from './limits.ts';

/** What the small calls travel on, and what the large transfers travel on. */
export type LaneRole = 'main' | 'bulk';

/** Who gets what arrives on a lane. */
export interface LaneReceiver {
  /** The longest text that is accepted now. */
  readonly maxTextChars: number;
  /** Who answers for what the lane holds in memory. */
  readonly owner: string;
  /** One parsed JSON text, that had so many characters. */
  message(value: unknown, lane: Lane, chars: number): void;
  /** The lane is over, by whichever end. Called once. */
  laneClosed(lane: Lane, reason: CloseReason): void;
}

export interface LaneParts {
  readonly clock: Clock;
  readonly limits: RmiLimits;
  readonly log: RmiLog;
  readonly held: HeldBytes;
}

/** One connection with its streams: parses, bounds and routes what arrives on it. */
export class Lane {
  /** Known once the handshake is over. */
  role: LaneRole;
  readonly remoteAddress: string;
  readonly outgoing: OutgoingStreams;
  readonly incoming: IncomingStreams;
  /** Changes from the handshake to the session. */
  receiver: LaneReceiver;
  readonly #connection: Connection;
  readonly #parts: LaneParts;
  #watch: Timer;
  /** What refused requests cost, as far as it was not paid, and what ends the payment under way. */
  #owedMs = 0;
  #pause: Timer | undefined;
  #heardMs: number;
  /** What of the backlog is counted with what all connections hold, and for whom. */
  #booked = { owner: '', bytes: 0 };
  #closed = false;

  constructor(connection: Connection, role: LaneRole, receiver: LaneReceiver, parts: LaneParts) {
    this.role = role;
    this.remoteAddress = connection.remoteAddress;
    this.receiver = receiver;
    this.outgoing = new OutgoingStreams(connection, parts.limits);
    this.incoming = new IncomingStreams(connection, parts.limits);
    this.#connection = connection;
    this.#parts = parts;
    this.#heardMs = parts.clock.monotonicMs();
    this.#watch = parts.clock.schedule(parts.limits.pingMs, () => this.#checkAlive());
    connection.receive({
      message: (data) => this.#receive(typeof data === 'string' ? data : [data]),
      pieces: (parts) => this.#receive(parts),
      alive: () => {
        this.#heard();
        this.#checkBacklog();
      },
      drained: () => {
        this.outgoing.pump();
        if (this.#booked.bytes > 0) this.#checkBacklog();
      },
      closed: (reason) => this.#end(reason),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends one JSON text, and behind it the streams that it announced. An end that reads nothing
   * is cut off when its backlog is too large (§P10).
   */
  sendText(text: string): void {
    if (this.#closed) return;
    this.#connection.send(text);
    this.outgoing.pump();
    this.#checkBacklog();
  }

  send(message: object): void {
    this.sendText(JSON.stringify(message));
  }

  /**
   * A request was refused before anything was done for it. Whoever sends many of these is read more
   * slowly, so that answering them takes little from others (§P10).
   */
  refused(): void {
    const { clock, limits } = this.#parts;
    this.#owedMs += limits.refusalPauseMs;
    if (this.#closed || this.#pause || this.#owedMs < WIRE_LIMITS.pauseFromMs) return;
    const pauseMs = Math.min(this.#owedMs, limits.refusalPauseMaxMs);
    this.#owedMs = 0;
    this.#connection.pause();
    this.#pause = clock.schedule(pauseMs, () => {
      this.#pause = undefined;
      this.#connection.resume();
    });
  }

  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#connection.close(code, reason);
    this.#end({ code, reason });
  }

  #receive(data: string | ByteParts): void {
    if (this.#closed) return;
    this.#heard();
    try {
      if (typeof data === 'string') this.#receiveText(data);
      else this.#receiveFrame(data);
    } catch (error) {
      this.#receiveFailed(error);
    }
    this.#checkBacklog();
  }

  /** Also counts what the connection sends by itself: answers to pings, credit, resets. */
  #checkBacklog(): void {
    if (this.#closed) return;
    const { backlogBytes, arrivingBytes } = this.#connection;
    if (backlogBytes > this.#parts.limits.backlogBytes) {
      this.close(CLOSE.limit, 'The other end does not read what it asked for');
    } else if (!this.#book(backlogBytes + arrivingBytes)) {
      this.close(CLOSE.limit, 'Too much waits on this connection beside what others hold');
    }
  }

  /** Counts what waits here with what all connections hold; false if there is no room for it. */
  #book(waitingBytes: number): boolean {
    const bytes = Math.max(0, waitingBytes - WIRE_LIMITS.corkedBytes);
    if (bytes === this.#booked.bytes) return true;
    const { held, limits } = this.#parts;
    const { owner } = this.receiver;
    held.give(this.#booked.owner, this.#booked.bytes);
    const hasRoom = held.take(owner, bytes);
    this.#booked = { owner, bytes: hasRoom ? bytes : 0 };
    // Two frames are what every stream needs on its way.
    return hasRoom || waitingBytes <= 2 * limits.frameBytes;
  }

  #receiveText(text: string): void {
    const limit = this.receiver.maxTextChars;
    if (text.length > limit) {
      const error = new HoldfastError(
        'limit-exceeded',
        `A message of ${text.length} characters is longer than the ${limit} allowed here. Send bytes in binary frames.`,
      );
      this.#refuse(error);
      this.close(CLOSE.tooLarge, 'Message too large');
      return;
    }
    this.receiver.message(parseText(text), this, text.length);
  }

  #receiveFrame(message: ByteParts): void {
    const frame = readFrame(message);
    if (!frame) throw new ProtocolViolation('A binary message is shorter than its header');
    const { kind, stream, payload } = frame;
    const payloadBytes = partsLength(payload);
    if (payloadBytes > this.#parts.limits.frameBytes) {
      throw new ProtocolViolation(`Frame of ${payloadBytes} bytes is too large`);
    }
    if (kind === FRAME.data) this.incoming.data(stream, payload);
    else if (kind === FRAME.end) this.incoming.end(stream);
    else if (kind === FRAME.error) this.incoming.fail(stream, joinParts(payload));
    else if (kind === FRAME.credit) this.outgoing.credit(stream, readCredit(joinParts(payload)));
    else if (kind === FRAME.reset) this.outgoing.stop(stream, 'unwanted', UNWANTED);
    else throw new ProtocolViolation(`Frame of unknown kind ${kind}`);
  }

  #receiveFailed(error: unknown): void {
    if (error instanceof HoldfastError) {
      this.#refuse(error);
    } else if (error instanceof ProtocolViolation) {
      this.close(CLOSE.violation, error.message);
    } else {
      this.#parts.log.error({ error }, 'A message could not be handled');
      this.close(CLOSE.violation, 'A message could not be handled');
    }
  }

  /** Answers what has no id of its own to answer to. */
  #refuse(error: HoldfastError): void {
    this.send(errorAnswer(null, error));
    this.refused();
  }

  #heard(): void {
    this.#heardMs = this.#parts.clock.monotonicMs();
  }

  #checkAlive(): void {
    const { clock, limits } = this.#parts;
    const silentMs = clock.monotonicMs() - this.#heardMs;
    if (silentMs >= limits.idleMs) {
      this.close(CLOSE.idle, `Nothing was heard for ${limits.idleMs} ms`);
      return;
    }
    if (silentMs >= limits.pingMs / 2) this.#connection.ping();
    this.#watch = clock.schedule(limits.pingMs, () => this.#checkAlive());
  }

  #end(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.cancel();
    // Else the far side's farewell would not be read, and the socket would stay until it is destroyed.
    if (this.#pause) this.#connection.resume();
    this.#pause?.cancel();
    this.#book(0);
    const failure = new HoldfastError(
      'disconnected',
      `The connection was lost (${reason.reason || reason.code}). Try again.`,
    );
    this.outgoing.close(failure);
    this.incoming.close(failure);
    this.receiver.laneClosed(this, reason);
  }
}

const UNWANTED = new HoldfastError('cancelled', 'The reader of the stream wants no more.');
