import { HoldfastError } from '@holdfast/contracts';
import { deferred } from '@holdfast/kernel';
import { createJSONRPCRequest } from 'json-rpc-2.0';
import type { Connection } from './connection.ts';
import { HELLO_METHOD, readHelloAnswer, type Hello, type HelloAnswer } from './handshake.ts';
import { Lane, type LaneParts, type LaneReceiver } from './lane.ts';
import { isRecord, fromWireError } from './wire-error.ts';

export interface Greeting {
  readonly hello: Hello;
  readonly parts: LaneParts;
  /** Runs with the answer, before anything that the daemon sent behind it. */
  readonly onAccepted: (answer: HelloAnswer, lane: Lane) => void;
}

const HELLO_ID = 'hello';

/** Says hello on a new connection and waits for the answer, at most `handshakeMs`. */
export async function greet(connection: Connection, greeting: Greeting): Promise<Lane> {
  const { hello, parts, onAccepted } = greeting;
  const { handshakeMs, textChars } = parts.limits;
  const accepted = deferred<Lane>();
  const receiver: LaneReceiver = {
    maxTextChars: textChars,
    owner: '',
    message: (message, lane) => {
      if (!isRecord(message) || (message['id'] !== HELLO_ID && message['id'] !== null)) return;
      try {
        if ('error' in message) throw fromWireError(message['error']);
        onAccepted(readHelloAnswer(message['result']), lane);
        accepted.resolve(lane);
      } catch (error) {
        accepted.reject(error);
      }
    },
    laneClosed: (_lane, { reason, code }) =>
      accepted.reject(
        new HoldfastError('unavailable', `the handshake was cut short (${reason || code})`),
      ),
  };
  const lane = new Lane(connection, hello.role, receiver, parts);
  const timer = parts.clock.schedule(handshakeMs, () =>
    accepted.reject(
      new HoldfastError('unavailable', `no answer to the handshake within ${handshakeMs} ms`),
    ),
  );
  try {
    lane.send(createJSONRPCRequest(HELLO_ID, HELLO_METHOD, hello));
    return await accepted.promise;
  } catch (error) {
    lane.close(1000, 'The handshake failed');
    throw error;
  } finally {
    timer.cancel();
  }
}
