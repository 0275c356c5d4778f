import {
  type CallContext,
  type ClusterContract,
  type ClusterEvent,
  type ClusterStatus,
  HoldfastError,
  type Implementation,
  type ServerStatus,
} from '@holdfast/contracts';
import type { Directory } from '@holdfast/directory';
import type { Departures } from './departures.ts';
import type { DirectoryScrubber } from './directory-scrubber.ts';
import { EventQueue } from './event-queue.ts';
import type { Findings } from './findings.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';
import type { Repair } from './repair.ts';
import type { Retirement } from './retirement.ts';

export interface ClusterServiceOptions {
  readonly directory: Directory;
  readonly members: Members;
  readonly repair: Repair;
  readonly findings: Findings;
  readonly retirement: Retirement;
  readonly departures: Departures;
  readonly directoryScrubber?: Pick<DirectoryScrubber, 'report' | 'begin'>;
  readonly frontend: () => ClusterStatus['frontend'];
  readonly journal: () => Pick<
    ClusterStatus['directory'],
    'id' | 'commits' | 'writable' | 'reason' | 'view'
  >;
  /** The line that enrols a server of this name elsewhere. */
  readonly invitation: (name: string) => Promise<string>;
}

type Cluster = Implementation<ClusterContract>;

/** The cluster as people see it, and the few things that they decide. */
export class ClusterService implements Cluster {
  readonly #options: ClusterServiceOptions;

  constructor(options: ClusterServiceOptions) {
    this.#options = options;
  }

  readonly status: Cluster['status'] = async (_params, context) => {
    const { directory, members, repair, findings, retirement, frontend, journal } = this.#options;
    const { directoryScrubber } = this.#options;
    const { files, folders, sizeBytes, openUploads, trashEntries } = await directory.counts();
    const { copies } = await directory.settings();
    const servers = members.all
      .map((member) => serverStatus(member, retirement))
      .sort((a, b) => a.name.localeCompare(b.name));
    return {
      status: {
        frontend: frontend(),
        directory: {
          ...journal(),
          ...{ files, folders, sizeBytes, openUploads, trashEntries },
          ...(directoryScrubber && { scrub: directoryScrubber.report }),
        },
        copies,
        servers,
        refused: [...this.#options.departures.present],
        repair: await repair.status(),
        damage: await findings.damage(context),
      },
    };
  };

  readonly watch: Cluster['watch'] = async (_params, context) => {
    const { members } = this.#options;
    const queue = new EventQueue<ClusterEvent>(context.session.ended);
    const listening = members.onEvent((event) => queue.push(event));
    queue.onEnd(() => listening[Symbol.dispose]());
    queue.push(members.event('directory', `${members.counts()} now`));
    return { events: queue };
  };

  readonly invite: Cluster['invite'] = async ({ name }) => {
    if (this.#options.members.named(name)) {
      throw new HoldfastError(
        'already-exists',
        `A server named ${name} is enrolled. Choose another name, or forget that one first.`,
      );
    }
    return { line: await this.#options.invitation(name) };
  };

  readonly retire: Cluster['retire'] = async ({ name }, context) =>
    await this.#once(context, async () => {
      await this.#options.retirement.begin(this.#member(name), context);
    });

  readonly forget: Cluster['forget'] = async ({ name, acceptLoss }, context) =>
    await this.#once(context, async () => {
      await this.#options.retirement.forget(this.#member(name), acceptLoss, context);
    });

  readonly scrub: Cluster['scrub'] = async ({ name }) => {
    const { members, findings } = this.#options;
    const chosen = name === undefined ? members.live : [this.#member(name)];
    await findings.begin(chosen);
    if (name === undefined) this.#options.directoryScrubber?.begin();
    return { servers: chosen.map((member) => member.name) };
  };

  readonly setCopies: Cluster['setCopies'] = async ({ copies }, context) => {
    await this.#options.directory.changeSettings({ copies }, context);
    return {};
  };

  /** A repetition finds the server gone, or its name taken, and gets its first answer all the same. */
  async #once(context: CallContext, change: () => Promise<void>): Promise<Record<string, never>> {
    try {
      await change();
    } catch (error) {
      await this.#options.directory.answerBefore(context, error);
    }
    return {};
  }

  #member(name: string): Member {
    const member = this.#options.members.named(name);
    if (member) return member;
    const names = this.#options.members.all
      .map((known) => known.name)
      .sort()
      .join(', ');
    throw new HoldfastError(
      'not-found',
      `No server named ${name} is enrolled. Enrolled: ${names || 'none'}.`,
    );
  }
}

function serverStatus(member: Member, retirement: Retirement): ServerStatus {
  const { report, connection } = member;
  return {
    name: member.name,
    store: member.store,
    state: shownState(member),
    ...(member.reason === undefined ? {} : { reason: member.reason }),
    ...(report?.quarantined === undefined ? {} : { reason: hadDamage(report.quarantined) }),
    ...(report?.setAside === undefined ? {} : { reason: keepsAside(report.setAside) }),
    ...(report?.refusesWrites === undefined ? {} : { reason: report.refusesWrites }),
    ...(member.retiring ? { retiring: retirement.progress(member) } : {}),
    address: connection?.address ?? '',
    pid: connection?.pid ?? 0,
    freeBytes: report?.freeBytes ?? 0,
    totalBytes: report?.totalBytes ?? 0,
    chunks: report?.chunks ?? 0,
    chunkBytes: report?.chunkBytes ?? 0,
    ...(report?.segmentBytes === undefined ? {} : { segmentBytes: report.segmentBytes }),
    lastSeenMs: member.lastSeenWallMs,
    ...(report?.scrub === undefined ? {} : { scrub: report.scrub }),
  };
}

/** One whose disk failed takes no writes until it is started again, and must not look as if it did. */
function shownState({ state, report }: Member): ServerStatus['state'] {
  return state !== 'gone' && report?.poisoned ? 'read-only' : state;
}

function hadDamage(folder: string): string {
  return (
    `Its copy of the journal was damaged, and was sent anew. The damaged one is in ${folder} of its ` +
    'data folder. Check the disk; then stop the server, remove that folder, start it.'
  );
}

function keepsAside(folder: string): string {
  return (
    `It keeps changes that a rebuild gave up, in ${folder} of its data folder, and deletes nothing. ` +
    'If they are not needed: stop it, remove that folder, start it.'
  );
}
