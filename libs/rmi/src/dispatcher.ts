import type { Contract, Implementation, Method } from '@holdfast/contracts';
import { attachmentsOf, HoldfastError } from '@holdfast/contracts';
import { assert, reached } from '@holdfast/kernel';
import { JSONRPCServer, type JSONRPCResponse } from 'json-rpc-2.0';
import { checkAccess } from './access.ts';
import { attach, checkAttachedBytes, hasStreams, type Attachments } from './attachments.ts';
import type { IncomingCall } from './incoming-call.ts';
import type { RmiLog } from './log.ts';
import type { RpcRequest } from './message.ts';
import { schemaProblem } from './schema-problem.ts';
import { isRecord, toWireError } from './wire-error.ts';

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
  readonly invoke: (params: unknown, call: IncomingCall) => Promise<unknown>;
}

/** Runs the methods of exposed objects, and nothing else. One for all sessions of a daemon. */
export class Dispatcher {
  readonly #server: JSONRPCServer<IncomingCall>;
  readonly #repeatable = new Map<string, boolean>();
  readonly #log: RmiLog;

  constructor(log: RmiLog) {
    this.#log = log;
    // The library would print every error; ours go to the log, once, where they are unexpected.
    this.#server = new JSONRPCServer<IncomingCall>({ errorListener: () => {} });
  }

  expose([contract, implementation]: Exposure): void {
    const methods = implementation as Record<string, ExposedMethod['invoke'] | undefined>;
    for (const [methodName, method] of Object.entries(contract.methods)) {
      const name = `${contract.name}.${methodName}`;
      const implemented = methods[methodName];
      assert(implemented, `"${name}" is implemented`);
      assert(!this.#server.hasMethod(name), `"${name}" is exposed once`);
      const invoke = implemented.bind(implementation);
      const params = attachmentsOf(method.params);
      const result = attachmentsOf(method.result);
      const exposed: ExposedMethod = { name, method, params, result, invoke };
      this.#repeatable.set(name, !hasStreams(params) && !hasStreams(result));
      this.#server.addMethodAdvanced(name, (request, call) =>
        this.#run(exposed, request as RpcRequest, call),
      );
    }
  }

  /** Whether a caller that reconnects will send a call of this method again by itself. */
  isRepeatable(methodName: string): boolean {
    return this.#repeatable.get(methodName) ?? false;
  }

  /**
   * Runs one call; resolves to its answer, with the result not yet written out, or to nothing for a
   * notification. Starts to receive attachments before it returns.
   */
  async receive(request: RpcRequest, call: IncomingCall): Promise<JSONRPCResponse | null> {
    if (!this.#server.hasMethod(request.method)) {
      const name = request.method.slice(0, 128);
      const error = new HoldfastError(
        'method-not-found',
        `There is no method "${name}" here. Methods are called "object.method".`,
      );
      return this.#failure(request, call, error);
    }
    return await this.#server.receive(request as never, call);
  }

  async #run(
    exposed: ExposedMethod,
    request: RpcRequest,
    call: IncomingCall,
  ): Promise<JSONRPCResponse | null> {
    try {
      const result = await this.#invoke(exposed, request.params ?? {}, call);
      if (request.id === undefined) return null;
      call.resultAttachments = exposed.result;
      return { jsonrpc: '2.0', id: request.id, result };
    } catch (error) {
      return this.#failure(request, call, error);
    } finally {
      call.answered();
    }
  }

  async #invoke(exposed: ExposedMethod, params: unknown, call: IncomingCall): Promise<unknown> {
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
    const values = await call.receive(attach(params, exposed.params, call.lane));
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

  #failure(request: RpcRequest, call: IncomingCall, error: unknown): JSONRPCResponse | null {
    const { correlationId } = call;
    if (!call.taken) call.lane?.refused();
    if (!(error instanceof HoldfastError)) {
      this.#log.error({ err: error, method: request.method, correlationId }, 'A call failed');
    }
    if (request.id === undefined) return null;
    return { jsonrpc: '2.0', id: request.id, error: toWireError(error, correlationId) };
  }
}
