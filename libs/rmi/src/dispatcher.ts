import type { Contract, Implementation, Method } from '@holdfast/contracts';
import { attachmentsOf, HoldfastError } from '@holdfast/contracts';
import { assert, reached } from '@holdfast/kernel';
import { createJSONRPCSuccessResponse, type JSONRPCResponse } from 'json-rpc-2.0';
import { checkAccess } from './access.ts';
import { attach, checkAttachedBytes, hasStreams, type Attachments } from './attachments.ts';
import type { IncomingCall } from './incoming-call.ts';
import type { RmiLog } from './log.ts';
import { errorAnswer, type RpcRequest } from './message.ts';
import { schemaProblem } from './schema-problem.ts';
import { isRecord } from './wire-error.ts';

/** A contract together with the object that has its methods. */
export type Exposure = readonly [contract: Contract, implementation: object];

/** Pairs a contract with its implementation, checked against each other. */
export function exposure<C extends Contract>(
  contract: C,
  implementation: Implementation<C>,
): Exposure {
  return [contract, implementation];
}

interface ExposedMethod {
  /** `contract.method`, as on the wire. */
  readonly name: string;
  readonly method: Method;
  readonly params: Attachments;
  readonly result: Attachments;
  /** No stream among parameters and result. */
  readonly repeatable: boolean;
  readonly invoke: (params: unknown, call: IncomingCall) => Promise<unknown>;
}

/** Runs the methods of exposed objects, and nothing else. One for all sessions of a daemon. */
export class Dispatcher {
  readonly #methods = new Map<string, ExposedMethod>();
  readonly #log: RmiLog;

  constructor(log: RmiLog) {
    this.#log = log;
  }

  expose([contract, implementation]: Exposure): void {
    const methods = implementation as Record<string, ExposedMethod['invoke'] | undefined>;
    for (const [methodName, method] of Object.entries(contract.methods)) {
      const name = `${contract.name}.${methodName}`;
      const implemented = methods[methodName];
      assert(implemented, `"${name}" is implemented`);
      assert(!this.#methods.has(name), `"${name}" is exposed once`);
      const invoke = implemented.bind(implementation);
      const params = attachmentsOf(method.params);
      const result = attachmentsOf(method.result);
      const repeatable = !hasStreams(params) && !hasStreams(result);
      this.#methods.set(name, { name, method, params, result, repeatable, invoke });
    }
  }

  /** Whether a caller that reconnects will send a call of this method again by itself. */
  isRepeatable(methodName: string): boolean {
    return this.#methods.get(methodName)?.repeatable ?? false;
  }

  /**
   * Runs one call; resolves to its answer, with the result not yet written out, or to nothing for a
   * notification. Starts to receive attachments before it returns.
   */
  async receive(request: RpcRequest, call: IncomingCall): Promise<JSONRPCResponse | undefined> {
    try {
      const exposed = this.#methods.get(request.method);
      if (!exposed) throw unknownMethod(request.method);
      const result = await this.#invoke(exposed, request.params ?? {}, call);
      if (request.id === undefined) return undefined;
      call.resultAttachments = exposed.result;
      return createJSONRPCSuccessResponse(request.id, result);
    } catch (error) {
      return this.#failure(request, call, error);
    } finally {
      call.answered();
    }
  }

  async #invoke(
    exposed: ExposedMethod,
    params: unknown,
    call: IncomingCall,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { name, method } = exposed;
    // Who may not call has nothing buffered for it.
    checkAccess(method.access, call.session.principal, name);
    if (!call.lane && exposed.params.size + exposed.result.size > 0) {
      throw new HoldfastError(
        'invalid-request',
        `"${name}" carries bytes or streams, which a single HTTP request cannot. Use a WebSocket.`,
      );
    }
    POINT: reached('call.arrived', [name]);
    call.begin(name, method.timeoutMs, method.changes);
    const arriving = call.receive(attach(params, exposed.params, call.lane));
    const values = arriving instanceof Promise ? await arriving : arriving;
    const parsed = method.params.safeParse(values);
    if (!parsed.success) {
      throw new HoldfastError(
        'invalid-argument',
        `What was asked for is wrong: ${schemaProblem(parsed.error)}`,
        { details: { method: name } },
      );
    }
    call.taken = true;
    const result = (await exposed.invoke(parsed.data, call)) ?? {};
    assert(isRecord(result), `the result of "${name}" is an object`);
    checkAttachedBytes(result, exposed.result);
    POINT: reached('call.answer-ready', [name], result);
    return result;
  }

  #failure(request: RpcRequest, call: IncomingCall, error: unknown): JSONRPCResponse | undefined {
    const { correlationId } = call;
    if (!call.taken) call.lane?.refused();
    if (!(error instanceof HoldfastError)) {
      this.#log.error({ err: error, method: request.method, correlationId }, 'A call failed');
    }
    if (request.id === undefined) return undefined;
    return errorAnswer(request.id, error, correlationId);
  }
}

function unknownMethod(method: string): HoldfastError {
  return new HoldfastError(
    'method-not-found',
    `There is no method "${method.slice(0, 128)}" here. Methods are called "object.method".`,
  );
}
