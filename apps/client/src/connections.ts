import { HoldfastError } from '@holdfast/contracts';
import type { Clock, Random } from '@holdfast/kernel';
import { connectHoldfast, type Credentials, type HoldfastClient } from '@holdfast/sdk';
import type { ClusterAccess } from './cluster-access.ts';
import { readPasswordInput } from './commands/password-input.ts';
import { safeText } from './display/safe-text.ts';
import { resolveAccess, type Access, type AccessFlags } from './profile/access.ts';
import { parseAddress, travelsInClear } from './profile/address.ts';
import type { ChunkHasher } from './hasher.ts';
import { PasswordPrompt } from './password-prompt.ts';
import type { Environment, UserPaths } from './profile/paths.ts';
import {
  isExposed,
  isProfileOf,
  profileNameFor,
  readProfiles,
  saveProfile,
} from './profile/profiles.ts';
import { TokenCache } from './profile/token-cache.ts';
import type { Terminal } from './terminal/terminal.ts';
import { CLIENT_LIMITS } from './limits.ts';

export interface ConnectionsParts {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  readonly hasher: () => Promise<ChunkHasher>;
  readonly env: Environment;
  readonly paths: UserPaths;
  readonly flags: AccessFlags;
}

/** Connects to clusters, with what the user's profiles know of them. */
export class Connections implements ClusterAccess, AsyncDisposable {
  readonly #parts: ConnectionsParts;
  readonly #tokens: TokenCache;
  #flags: AccessFlags;
  #access: Access | undefined;
  #client: HoldfastClient | undefined;
  #connecting: Promise<HoldfastClient> | undefined;
  #listener: Disposable | undefined;
  #readsInput = false;
  #onChange: () => void = () => {};

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
    this.#flags = parts.flags;
    this.#tokens = new TokenCache(parts.paths.tokens);
  }

  get current(): HoldfastClient | undefined {
    return this.#client;
  }

  /** Calls `listener` when a connection is opened, lost, found again or closed. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  readPasswordFromInput(): void {
    this.#readsInput = true;
  }

  async client(signal: AbortSignal): Promise<HoldfastClient> {
    if (this.#client && this.#client.state.kind !== 'refused') return this.#client;
    this.#connecting ??= this.#open(signal).finally(() => (this.#connecting = undefined));
    return await this.#connecting;
  }

  async connect(
    to: { readonly address?: string | undefined; readonly user?: string | undefined },
    signal: AbortSignal,
  ): Promise<HoldfastClient> {
    const before = this.#flags;
    await this.close();
    this.#flags = { ...before, ...withoutUndefined(to) };
    try {
      const client = await this.client(signal);
      await this.#remember(to, client);
      return client;
    } catch (error) {
      this.#flags = before;
      throw error;
    }
  }

  async knownPassword(): Promise<string | undefined> {
    return (await this.#resolve()).password;
  }

  async passwordChanged(user: string, password: string): Promise<void> {
    const { config } = this.#parts.paths;
    const { profile: name } = await this.#resolve();
    const profile = name === undefined ? undefined : (await readProfiles(config)).profiles[name];
    if (name === undefined || profile?.user !== user || profile.password === undefined) return;
    await saveProfile(config, name, { ...profile, password });
    this.#access = undefined;
  }

  async logOut(signal: AbortSignal): Promise<void> {
    const client = await this.client(signal);
    const { user } = client.account;
    const { addresses } = await this.#resolve();
    await client.session.logout({}, { signal });
    await this.#tokens.set(user, addresses, undefined, this.#parts.clock.wallMs());
    await this.close();
  }

  async close(): Promise<void> {
    this.#listener?.[Symbol.dispose]();
    this.#listener = undefined;
    const client = this.#client;
    this.#client = undefined;
    this.#access = undefined;
    await client?.[Symbol.asyncDispose]();
    this.#onChange();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #open(signal: AbortSignal): Promise<HoldfastClient> {
    await this.close();
    const { terminal, clock, random, hasher } = this.#parts;
    const access = await this.#resolve();
    const user = access.user ?? (await this.#askUser(signal));
    this.#access = { ...access, user };
    let said = false;
    const client = await connectHoldfast({
      addresses: access.addresses,
      clock,
      random,
      hasher: await hasher(),
      name: 'holdfast',
      signal,
      credentials: this.#credentials({ ...access, user }, signal),
      onWaiting: (reason) => {
        if (said) return;
        said = true;
        terminal.say(
          `No frontend answers at ${access.addresses.join(' or ')} yet (${safeText(reason)}); trying again.`,
        );
      },
    });
    this.#client = client;
    this.#listener = this.#announce(client);
    this.#onChange();
    return client;
  }

  /** Tells when the frontend is lost and when it is back; a short break is not worth a word. */
  #announce(client: HoldfastClient): Disposable {
    const { terminal, clock } = this.#parts;
    let told = false;
    let timer: Disposable | undefined;
    const stopTimer = (): void => {
      timer?.[Symbol.dispose]();
      timer = undefined;
    };
    const listener = client.onState((state) => {
      this.#onChange();
      if (state.kind === 'waiting') {
        if (timer || told) return;
        const { cancel } = clock.schedule(CLIENT_LIMITS.shortBreakMs, () => {
          told = true;
          terminal.say('The frontend does not answer; waiting until it is back. Ctrl-C gives up.');
        });
        timer = { [Symbol.dispose]: cancel };
        return;
      }
      stopTimer();
      if (state.kind === 'ready' && told) terminal.say('The frontend is back.');
      if (state.kind === 'refused')
        terminal.say(`The connection is over: ${safeText(state.reason)}`);
      told = false;
    });
    return {
      [Symbol.dispose]: () => {
        stopTimer();
        listener[Symbol.dispose]();
      },
    };
  }

  #credentials(access: Access & { readonly user: string }, signal: AbortSignal): Credentials {
    const { clock, terminal } = this.#parts;
    const { user, addresses } = access;
    const prompt = new PasswordPrompt(terminal, user);
    return {
      token: async () =>
        this.#readsInput ? undefined : await this.#tokens.get(user, addresses, clock.wallMs()),
      keep: async (login) => {
        await this.#tokens.set(user, addresses, login, clock.wallMs());
      },
      password: async (refused) => {
        if (this.#readsInput) {
          this.#readsInput = false;
          return { user, password: await readPasswordInput(terminal.input) };
        }
        if (!refused && access.password !== undefined) return { user, password: access.password };
        const password = await prompt.ask(refused, signal);
        return password === undefined ? undefined : { user, password };
      },
    };
  }

  async #askUser(signal: AbortSignal): Promise<string> {
    const { terminal } = this.#parts;
    if (!terminal.canAsk) {
      throw new HoldfastError('invalid-argument', 'As which user? Say so with -u USER.');
    }
    const user = await terminal.ask('User: ', signal);
    if (user === undefined) throw new HoldfastError('cancelled', 'Not logged in.');
    return user;
  }

  async #resolve(): Promise<Access> {
    if (this.#access) return this.#access;
    const { paths, env, terminal } = this.#parts;
    const profiles = await readProfiles(paths.config);
    if (await isExposed(paths.config, profiles)) {
      terminal.say(
        `Others on this computer can read ${paths.config}, which holds a password. Run: chmod 600 ${paths.config}`,
      );
    }
    this.#access = resolveAccess(this.#flags, env, profiles);
    return this.#access;
  }

  async #remember(
    to: { readonly address?: string | undefined },
    client: HoldfastClient,
  ): Promise<void> {
    const { paths, terminal } = this.#parts;
    const { addresses, profile: present } = await this.#resolve();
    const { user } = client.account;
    const profiles = await readProfiles(paths.config);
    const first = addresses[0] ?? '';
    const wanted = to.address === undefined ? (present ?? 'default') : nameFor(first);
    const name = profileNameFor(profiles, wanted, { addresses, user });
    const before = profiles.profiles[name];
    const password = before?.user === user ? before.password : undefined;
    const kept = password === undefined ? {} : { password };
    const known = before && isProfileOf(before, { addresses, user }) ? before.addresses : addresses;
    await saveProfile(paths.config, name, { addresses: [...known], user, ...kept });
    this.#flags = { profile: name };
    if (addresses.some(travelsInClear)) {
      terminal.say(
        'Passwords and data travel in clear to this address. Use it only in a network that you trust.',
      );
    }
  }
}

/** A profile's name for an address: its host and port. */
function nameFor(address: string): string {
  const { hostname, port } = new URL(parseAddress(address));
  return `${hostname}-${port}`.replaceAll(/[^\w.-]/g, '_');
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as Partial<T>;
}
