import type { CallerSession } from '@holdfast/contracts';
import { HoldfastError } from '@holdfast/contracts';
import type { Dispatcher } from './dispatcher.ts';
import { IncomingCall } from './incoming-call.ts';
import type { LaneParts } from './lane.ts';
import { asRequest, errorAnswer, idOf, parseText } from './message.ts';

export interface SingleRequest {
  /** One JSON-RPC call or a batch, as text. */
  readonly body: string;
  readonly session: CallerSession;
  readonly dispatcher: Dispatcher;
  readonly parts: LaneParts;
}

/** Answers calls that come without a connection; nothing if there were only notifications. */
export async function answerSingleRequest(request: SingleRequest): Promise<string | undefined> {
  try {
    const message = parseText(request.body);
    if (!Array.isArray(message)) {
      const answer = await answerOne(message, request);
      return answer && JSON.stringify(answer);
    }
    const answers = await answerBatch(message, request);
    return answers.length > 0 ? JSON.stringify(answers) : undefined;
  } catch (error) {
    return JSON.stringify(errorAnswer(null, error));
  }
}

async function answerBatch(batch: readonly unknown[], request: SingleRequest): Promise<object[]> {
  const { batchCalls } = request.parts.limits;
  if (batch.length === 0 || batch.length > batchCalls) {
    throw new HoldfastError(
      batch.length === 0 ? 'invalid-request' : 'limit-exceeded',
      `A batch has 1 to ${batchCalls} calls, not ${batch.length}.`,
    );
  }
  const answers = await Promise.all(batch.map((message) => answerOne(message, request)));
  return answers.filter((answer) => answer !== undefined);
}

async function answerOne(
  message: unknown,
  { session, dispatcher, parts }: SingleRequest,
): Promise<object | undefined> {
  try {
    const { clock, limits } = parts;
    const request = asRequest(message, limits);
    const hold = () => () => {};
    const call = new IncomingCall(request, { session, lane: undefined, clock, limits, hold });
    const abort = (): void => call.abort(session.ended.reason);
    session.ended.addEventListener('abort', abort, { once: true });
    const answer = await dispatcher.receive(request, call);
    session.ended.removeEventListener('abort', abort);
    return answer ?? undefined;
  } catch (error) {
    return errorAnswer(idOf(message), error);
  }
}
